import type { Clock } from "./clock.ts";

export interface ClockDifference {
  /** The other clock minus ours, in milliseconds. */
  differenceMs: number;
  /** Half the time that asking took: the other clock may have been read at any moment of it. */
  uncertainMs: number;
}

/** How far another clock is from ours (Cristian's method: the answer is taken for the middle of the asking). */
export async function clockDifference(clock: Clock, ask: () => Promise<Date>): Promise<ClockDifference> {
  const before = clock.now().getTime();
  const startedMs = clock.monotonicMs();
  const other = await ask();
  const tookMs = clock.monotonicMs() - startedMs;
  return { differenceMs: other.getTime() - (before + tookMs / 2), uncertainMs: tookMs / 2 };
}
