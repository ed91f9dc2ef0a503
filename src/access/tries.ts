/**
 * How long whoever guesses must wait. Both the account that is tried and the address that tries have a count of their own;
 * the count is of what was typed, whether there is such an account or not, so that the wait tells nothing.
 */

/** What is known of one account, or one address. */
export interface Tries {
  failures: number;
  lastAt: Date;
  /** No earlier than this may the next try be made. */
  waitUntil: Date;
}

interface Patience {
  /** So many failures cost nothing. */
  free: number;
  firstWaitMs: number;
  longestWaitMs: number;
}

/** Behind one address may sit a whole hospital; behind one account sits one person. */
export const patience: Record<"account" | "address", Patience> = {
  account: { free: 5, firstWaitMs: 15_000, longestWaitMs: 15 * 60_000 },
  address: { free: 50, firstWaitMs: 15_000, longestWaitMs: 15 * 60_000 },
};

/** What has been quiet for so long is forgotten. */
export const forgottenAfterMs = 12 * 3_600_000;

/** @param failures the one just made included */
export function waitAfter(failures: number, { free, firstWaitMs, longestWaitMs }: Patience): number {
  if (failures <= free) return 0;
  return Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures - free - 1, 20));
}

/** How many milliseconds are still to be waited before a try; 0 where it may be made now. */
export const waitNow = (tries: Tries | null, now: Date): number =>
  tries === null || isForgotten(tries, now) ? 0 : Math.max(0, tries.waitUntil.getTime() - now.getTime());

const isForgotten = ({ lastAt }: Tries, now: Date): boolean =>
  now.getTime() - lastAt.getTime() >= forgottenAfterMs;

/** After one more failure. A try is counted as one before it is looked at, so that many at once win nothing. */
export function afterTry(tries: Tries | null, now: Date, kind: "account" | "address"): Tries {
  const failures = (tries === null || isForgotten(tries, now) ? 0 : tries.failures) + 1;
  return { failures, lastAt: now, waitUntil: new Date(now.getTime() + waitAfter(failures, patience[kind])) };
}
