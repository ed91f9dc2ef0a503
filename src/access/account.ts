/** An account: a member of staff who may sign in, and with what. Its roles say what for (rights.ts). */
import type { Grant } from "./rights.ts";

export interface Account {
  id: string;
  /** In small letters. */
  email: string;
  name: string;
  hasPassword: boolean;
  hasSecondFactor: boolean;
  /** Has signed in by OIDC before. */
  hasIdentity: boolean;
  /** Until when a link to set a password is good; null where there is none. */
  invitedUntil: Date | null;
  createdAt: Date;
  lastSignInAt: Date | null;
  endedAt: Date | null;
  grants: readonly Grant[];
}

/** As it is compared: the part before the @ may differ by case in theory, and does not in any hospital. */
export const sameEmail = (email: string): string => email.trim().normalize("NFKC").toLowerCase();

/** A look at its shape only; whether it is somebody's shows when the invitation is used. */
export const isEmail = (email: string): boolean =>
  email.length <= 254 && /^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(email);

/** A name as people write theirs: no line breaks, nothing that a terminal or a page might take for more than letters. */
export const isName = (name: string): boolean =>
  /^\P{C}{1,100}$/u.test(name) && name.trim() === name && !/[<>]/.test(name);

/** A role in words: "clinician of unit Surgery, ward 4 in RXX". */
export function describeGrant({ role, trust, ...within }: Grant): string {
  const parts = Object.entries(within).flatMap(([kind, name]) => (name === null ? [] : [`${kind} ${name}`]));
  return parts.length > 0 ? `${role} of ${parts.join(", ")} in ${trust}` : `${role} in ${trust}`;
}

export const sameGrant = (one: Grant, other: Grant): boolean =>
  (["role", "trust", "unit", "site", "ward", "service"] as const).every((part) => one[part] === other[part]);

/**
 * What keeps a grant from being given: only a clinician's is narrower than a trust, and no part stands without the one
 * before it being known to be right. Null where nothing does.
 */
export function grantFault({ role, trust, ...within }: Grant): string | null {
  if (trust.trim() === "") return "a role holds in a trust: name it";
  if (role !== "clinician" && Object.values(within).some((part) => part !== null))
    return `a ${role} has the whole trust: only a clinician's role can be kept to a unit, site, ward or service`;
  return null;
}

/**
 * Whether somebody who manages the accounts of some trusts may change this one: not their own (four eyes), and not one
 * that means something in a trust that is not theirs.
 */
export function mayManage(
  manager: { userId: string; grants: readonly Grant[] },
  account: Pick<Account, "id" | "grants">,
): boolean {
  const trusts = governed(manager.grants);
  return account.id !== manager.userId && account.grants.every(({ trust }) => trusts.has(trust));
}

/** The trusts whose accounts these grants let somebody manage. */
export const governed = (grants: readonly Grant[]): ReadonlySet<string> =>
  new Set(grants.filter(({ role }) => role === "governance").map(({ trust }) => trust));
