/** What is said of many measurements at once. */
import { quantile, rankOf } from "#rehearsal/quantile.ts";

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Distribution {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** All NaN, and a count of 0, of none. */
export function distributionOf(values: readonly number[]): Distribution {
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => quantile(values, share));
  return { count: values.length, p50: p50!, p95: p95!, p99: p99!, max: max! };
}

/** A distribution's curve, for drawing: at each share of the measurements the value that they do not exceed. */
export function curveOf(values: readonly number[], points = 50): [value: number, share: number][] {
  if (values.length === 0) return [];
  const sorted = values.toSorted((a, b) => a - b);
  return Array.from({ length: points + 1 }, (_, i) => {
    const share = i / points;
    return [sorted[rankOf(sorted.length, share)]!, share];
  });
}
