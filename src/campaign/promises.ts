/** A promised call that has not been made yet, as the database has it. */
export interface StandingPromise {
  id: string;
  due: Date;
  /** Calls made for it: an unanswered one is repeated once. */
  tries: number;
  /** Its call is under way, or rings. */
  calling: boolean;
}

/** Where promises are written down. */
export interface PromiseBook {
  /** Promises whose time has come, by the database's clock. */
  standing(): Promise<{ now: Date; promises: StandingPromise[] }>;
  /** Those that are still promised, and for which no call was made meanwhile. @returns how many */
  writeBroken(ids: string[]): Promise<number>;
}

/** A call is in time up to so long after the chosen moment. */
export const inTimeForMs = 5 * 60_000;

/**
 * Promises that are broken: their time and the five minutes have passed, and nobody has rung. The call is made all the
 * same, inside calling hours, until the visit expires a day later: late is better than never, and the breach is on
 * record and told.
 */
export const overduePromises = (promises: readonly StandingPromise[], now: Date): string[] =>
  promises
    .filter(
      ({ due, tries, calling }) => !calling && tries === 0 && now.getTime() > due.getTime() + inTimeForMs,
    )
    .map(({ id }) => id);

/** How a promise stands at `now`; `late`: its call is still made, but not in time. */
export const promiseStanding = (
  { due, state, beingCalled }: { due: Date; state: "promised" | "kept" | "broken"; beingCalled: boolean },
  now: Date,
): "kept" | "broken" | "calling" | "late" | "due" => {
  if (state !== "promised") return state;
  if (beingCalled) return "calling";
  return now.getTime() - due.getTime() > inTimeForMs ? "late" : "due";
};

/** @returns how many promises were found broken just now */
export async function noteBrokenPromises(book: PromiseBook): Promise<number> {
  const { now, promises } = await book.standing();
  const broken = overduePromises(promises, now);
  return broken.length === 0 ? 0 : book.writeBroken(broken);
}
