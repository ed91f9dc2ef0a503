/** The one way in which percentiles are told here: the nearest rank, so always a value that was measured. */

/** The smallest value that so many of them (0 to 1) do not exceed; NaN of none. In any order. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[rankOf(values.length, share)] ?? Number.NaN;
}

/** Where it lies among so many in ascending order, from 0. */
export const rankOf = (count: number, share: number): number => Math.max(0, Math.ceil(count * share) - 1);
