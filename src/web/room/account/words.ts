/** Words that several pages of accounts have in common. */
import type { Grant, Role } from "#access/rights.ts";
import type { SignInWay } from "#access/session.ts";

export const refusalWords = {
  /** Of a wrong address, a wrong password and an account that has ended alike. */
  refused: "The e-mail address or the password is not right",
  codeRefused: "This code is not right, or it was used before. Enter the code that your app shows now",
};

/** What a role lets people do, for whoever gives it. */
export const roleWords: Record<Role, { name: string; may: string }> = {
  clinician: { name: "Clinician", may: "Hears and reads stories of the places that the role names" },
  coordinator: { name: "Coordinator", may: "Runs campaigns, and hears all stories of the trust" },
  telecoms: { name: "Telecoms", may: "Looks after telephones and calls; hears no stories" },
  governance: { name: "Governance", may: "Reads the audit, and manages retention and accounts" },
};

export const wayWords: Record<SignInWay, string> = {
  password: "with password and code",
  oidc: "with your organisation’s account",
  link: "with a rehearsal’s link",
};

/** Where a role holds: "RXX: unit Surgery, Ward 4"; what names its own kind is not told twice. */
export function placesOf({ trust, role: _, ...within }: Grant): string {
  const parts = Object.entries(within).flatMap(([kind, name]) => {
    if (name === null) return [];
    return name.toLowerCase().startsWith(kind) ? [name] : [`${kind} ${name}`];
  });
  return parts.length > 0 ? `${trust}: ${parts.join(", ")}` : trust;
}

const browsers = ["Edg", "OPR", "Firefox", "Chrome", "Safari"] as const;
const browserNames = { Edg: "Edge", OPR: "Opera", Firefox: "Firefox", Chrome: "Chrome", Safari: "Safari" };
const systems = {
  iPhone: "iPhone",
  iPad: "iPad",
  Android: "Android",
  Windows: "Windows",
  "Mac OS": "Mac",
  Linux: "Linux",
};

/** As much of what a browser calls itself as tells somebody whether it is theirs; the rest is noise. */
export function browserName(agent: string | null): string {
  const browser = browsers.find((word) => agent?.includes(`${word}/`));
  const system = Object.entries(systems).find(([word]) => agent?.includes(word))?.[1];
  if (!browser) return system ? `A browser on ${system}` : "A browser";
  return system ? `${browserNames[browser]} on ${system}` : browserNames[browser];
}
