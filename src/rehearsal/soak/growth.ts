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

/** Before this share of the time, or so long where that is more, things are still being opened and warmed. */
const warmUp = { share: 0.25, ms: 5 * 60_000, atMostShare: 0.5 };
/** Of memory the least of each minute counts: what is more is only not collected yet. */
const minuteMs = 60_000;
/** What is no growth: a tenth, or so much (MiB, or pieces). */
const tolerance = { share: 0.1, memory: 15, pieces: 8 };

/** @param times of the samples, in ms */
export function growthOf(times: readonly number[], samples: readonly Sample[]): Growth[] {
  const lastsMs = times.at(-1)! - times[0]!;
  const warmMs = Math.min(Math.max(lastsMs * warmUp.share, warmUp.ms), lastsMs * warmUp.atMostShare);
  const begin = times[0]! + warmMs;
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample)))];
  return names.map((what) => {
    const isMemory = /memory|heap$/.test(what);
    const all = samples.flatMap((sample, index) => {
      const value = sample[what];
      return value === undefined || times[index]! < begin
        ? []
        : [{ hours: times[index]! / 3_600_000, value }];
    });
    const points = isMemory ? leastOfEachMinute(all) : all;
    const mean = points.reduce((sum, { value }) => sum + value, 0) / Math.max(1, points.length);
    const perHour = slopeOf(points);
    const rise = perHour * ((points.at(-1)?.hours ?? 0) - (points[0]?.hours ?? 0));
    const least = isMemory ? tolerance.memory : tolerance.pieces;
    const grows = rise > Math.max(tolerance.share * mean, least);
    return { what, mean, last: points.at(-1)?.value ?? 0, perHour, rise, grows };
  });
}

interface Point {
  hours: number;
  value: number;
}

const leastOfEachMinute = (points: readonly Point[]): Point[] =>
  [...Map.groupBy(points, ({ hours }) => Math.floor((hours * 3_600_000) / minuteMs)).values()].map((minute) =>
    minute.reduce((least, point) => (point.value < least.value ? point : least)),
  );

/** Least squares. */
function slopeOf(points: readonly Point[]): number {
  const count = points.length;
  if (count < 2) return 0;
  const middle = points.reduce((sum, { hours }) => sum + hours, 0) / count;
  const mean = points.reduce((sum, { value }) => sum + value, 0) / count;
  const along = points.reduce((sum, { hours }) => sum + (hours - middle) ** 2, 0);
  const across = points.reduce((sum, { hours, value }) => sum + (hours - middle) * (value - mean), 0);
  return along === 0 ? 0 : across / along;
}
