/** From counts to what the page shows: small numbers are hidden here, and nowhere else. */
import { type Group, hiddenGroups, shares } from "#result/small-numbers.ts";
import { ratingWords } from "../british.ts";
import type { Counted, PlaceFunnel, RatingCell } from "./ports.ts";

const codes = [1, 2, 3, 4, 5, 6] as const;

export interface FunnelStep {
  name: string;
  people: number;
  /** Of the step before, 0 to 1; null where that has none. */
  share: number | null;
}

/** Null stands for a number that is hidden. */
export interface PlaceRow {
  name: string;
  eligible: number;
  answers: number | null;
  counts: (number | null)[];
  positive: number | null;
  negative: number | null;
}

export interface WeekRow {
  /** Its Monday. */
  week: string;
  answers: number | null;
  positive: number | null;
}

export function funnelOf(places: readonly PlaceFunnel[]): FunnelStep[] {
  const sum = (of: (place: PlaceFunnel) => number) => places.reduce((total, place) => total + of(place), 0);
  const steps: [string, number][] = [
    ["On a list", sum(({ eligible }) => eligible)],
    ["Rung", sum(({ called }) => called)],
    ["Answered", sum(({ answered }) => answered)],
    ["Said it was them", sum(({ confirmed }) => confirmed)],
    ["Rated", sum(({ rated }) => rated)],
    ["Told a story", sum(({ told }) => told)],
  ];
  return steps.map(([name, people], place) => {
    const before = steps[place - 1]?.[1] ?? 0;
    return { name, people, share: place > 0 && before > 0 ? people / before : null };
  });
}

const countsOf = (cells: readonly RatingCell[]): number[] =>
  codes.map((code) =>
    cells.filter(({ rating }) => rating === code).reduce((sum, { people }) => sum + people, 0),
  );
const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** All together; null for each count where the whole is small. */
export function ratingsOf({
  ratings,
}: Counted): { name: string; people: number | null; share: number | null }[] {
  const counts = countsOf(ratings);
  const answers = sumOf(counts);
  const isHidden = hiddenGroups({ name: "all", answers, parts: [] }).size > 0;
  return codes.map((code, place) => ({
    name: ratingWords(code),
    people: isHidden ? null : (counts[place] ?? 0),
    share: isHidden || answers === 0 ? null : (counts[place] ?? 0) / answers,
  }));
}

interface Node extends Group {
  parts: Node[];
  place: PlaceFunnel;
  counts: number[];
}

/** One row a ward or service, in groups of one site each: where a site is hidden, its least wards are. */
export function placeRows({ places, ratings }: Counted): PlaceRow[] {
  const leaves = places.map((place): Node => {
    const counts = countsOf(ratings.filter(({ placeId }) => placeId === place.placeId));
    return { name: nameOf(place), answers: sumOf(counts), parts: [], place, counts };
  });
  const sites = Map.groupBy(leaves, ({ place }) => `${place.trust}|${place.site}`);
  const parts = [...sites].map(([name, inside]) => ({
    name,
    answers: sumOf(inside.map(({ answers }) => answers)),
    parts: inside,
  }));
  const hidden = hiddenGroups({ name: "all", answers: sumOf(parts.map(({ answers }) => answers)), parts });
  return leaves.map((leaf) => {
    const { place, counts, answers, name } = leaf;
    if (hidden.has(leaf))
      return {
        ...{ name, eligible: place.eligible, answers: null, positive: null, negative: null },
        counts: codes.map(() => null),
      };
    return {
      name,
      eligible: place.eligible,
      answers,
      counts,
      ...(shares({ counts }) ?? { positive: null, negative: null }),
    };
  });
}

export const nameOf = ({ site, ward, service, unit }: PlaceFunnel): string =>
  [site, ward, service].filter((word) => word !== "").join(", ") || unit || "Not given";

/** Week by week; those with few answers show none. */
export function weekRows({ ratings }: Counted): WeekRow[] {
  const weeks = Map.groupBy(ratings, ({ day }) => mondayOf(day));
  return [...weeks]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([week, cells]) => {
      const counts = countsOf(cells);
      const answers = sumOf(counts);
      const isHidden = hiddenGroups({ name: week, answers, parts: [] }).size > 0;
      if (isHidden) return { week, answers: null, positive: null };
      return { week, answers, positive: shares({ counts })?.positive ?? null };
    });
}

function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}
