import type { Sample } from "./sample.ts";

export interface Growth {
  what: string;
  mean: number;
  last: number;
  /** Of the straight line through the samples. */
  perHour: number;
  /** By which that line rises over the time looked at. */
  rise: number;
  grows: boolean;
}

/** Before this share of the time things are still being opened and warmed. */
const warmUpShare = 0.25;
/** What is no growth: a tenth, or so much (MiB, or pieces). */
const tolerance = { share: 0.1, memory: 15, pieces: 8 };

/** @param times of the samples, in ms */
export function growthOf(times: readonly number[], samples: readonly Sample[]): Growth[] {
  const begin = times[0]! + (times.at(-1)! - times[0]!) * warmUpShare;
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample)))];
  return names.map((what) => {
    const points = samples.flatMap((sample, index) => {
      const value = sample[what];
      return value === undefined || times[index]! < begin
        ? []
        : [{ hours: times[index]! / 3_600_000, value }];
    });
    const mean = points.reduce((sum, { value }) => sum + value, 0) / Math.max(1, points.length);
    const perHour = slopeOf(points);
    const rise = perHour * ((points.at(-1)?.hours ?? 0) - (points[0]?.hours ?? 0));
    const least = what.endsWith("memory") ? tolerance.memory : tolerance.pieces;
    const grows = rise > Math.max(tolerance.share * mean, least);
    return { what, mean, last: points.at(-1)?.value ?? 0, perHour, rise, grows };
  });
}

/** Least squares. */
function slopeOf(points: readonly { hours: number; value: number }[]): number {
  const count = points.length;
  if (count < 2) return 0;
  const middle = points.reduce((sum, { hours }) => sum + hours, 0) / count;
  const mean = points.reduce((sum, { value }) => sum + value, 0) / count;
  const along = points.reduce((sum, { hours }) => sum + (hours - middle) ** 2, 0);
  const across = points.reduce((sum, { hours, value }) => sum + (hours - middle) * (value - mean), 0);
  return along === 0 ? 0 : across / along;
}
