/** Who may do what on the pages: the one place that says so. The database keeps rows apart besides (0021). */

export const roles = ["clinician", "coordinator", "telecoms", "governance"] as const;
export type Role = (typeof roles)[number];

export const isRole = (word: string): word is Role => (roles as readonly string[]).includes(word);

/** What a page shows or an act does. `signed-in`: everybody's own, such as their password. `open`: before signing in. */
export const rights = [
  "open",
  "signed-in",
  "stories",
  "campaigns",
  "overview",
  "calls",
  "telephony",
  "governance",
] as const;
export type Right = (typeof rights)[number];

const holders: Record<Exclude<Right, "open" | "signed-in">, readonly Role[]> = {
  stories: ["clinician", "coordinator"],
  campaigns: ["coordinator"],
  overview: ["clinician", "coordinator"],
  calls: ["clinician", "coordinator"],
  telephony: ["telecoms"],
  governance: ["governance"],
};

/** A role, and where it holds; null: everywhere within what stands before it. Only a clinician's is narrower than a trust. */
export interface Grant {
  role: Role;
  trust: string;
  unit: string | null;
  site: string | null;
  ward: string | null;
  service: string | null;
}

export interface SignedIn {
  userId: string;
  /** Not the cookie's secret: what sessions are listed and ended by. */
  sessionId: string;
  name: string;
  grants: readonly Grant[];
}

export const rolesOf = ({ grants }: Pick<SignedIn, "grants">): ReadonlySet<Role> =>
  new Set(grants.map(({ role }) => role));

export function may(who: Pick<SignedIn, "grants"> | null, right: Right): boolean {
  if (right === "open") return true;
  if (!who) return false;
  if (right === "signed-in") return true;
  const held = rolesOf(who);
  return holders[right].some((role) => held.has(role));
}
