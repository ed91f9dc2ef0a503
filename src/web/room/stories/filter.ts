/** The filter as it stands in the address: read with care, written so that the same filter is the same address. */
import {
  type PlacePart,
  type StoryFilter,
  type StoryKey,
  type StoryTurn,
  storyChannels,
  storyLengths,
  storyStates,
} from "./ports.ts";

export type Query = Record<string, string | string[] | undefined>;

/** Longer ones are nobody's words. */
const longestWords = 200;
export const ratingCodes = [1, 2, 3, 4, 5, 6, 0] as const;

/** What is mistyped counts as not asked: an address that somebody shortened still opens. */
export function readFilter(query: Query): StoryFilter {
  const part = (name: PlacePart) => one(query, name);
  const consent = one(query, "consent");
  return {
    ratings: ratingCodes.filter((code) => [query.rating].flat().includes(String(code))),
    ...{ unit: part("unit"), site: part("site"), ward: part("ward"), service: part("service") },
    ...{ from: readDay(one(query, "from")), to: readDay(one(query, "to")) },
    channel: oneOf(storyChannels, one(query, "channel")),
    length: oneOf(storyLengths, one(query, "length")),
    state: oneOf(storyStates, one(query, "state")),
    consent: consent === "yes" ? true : consent === "no" ? false : null,
    words: one(query, "words")?.slice(0, longestWords) ?? null,
  };
}

/** @returns e.g. [["rating", "5"], ["ward", "Ward 7"]], always in the same order */
export function filterPairs(filter: StoryFilter): [name: string, value: string][] {
  const { ratings, words, consent, ...rest } = filter;
  const named: [string, string | null][] = [
    ["words", words],
    ...ratings.map((code): [string, string] => ["rating", String(code)]),
    ...Object.entries(rest),
    ["consent", consent === null ? null : consent ? "yes" : "no"],
  ];
  return named.filter((pair): pair is [string, string] => pair[1] !== null);
}

/** @returns without "?", empty where nothing is asked */
export const filterQuery = (filter: StoryFilter): string =>
  new URLSearchParams(filterPairs(filter)).toString();

export const listPath = (pairs: [string, string][]): string =>
  pairs.length > 0 ? `/stories?${new URLSearchParams(pairs)}` : "/stories";

export function readTurn(query: Query): StoryTurn | null {
  const [older, newer] = [readKey(one(query, "older")), readKey(one(query, "newer"))];
  if (older) return { key: older, towards: "older" };
  return newer ? { key: newer, towards: "newer" } : null;
}

export const keyText = ({ at, id }: StoryKey): string => `${at}_${id}`;

function readKey(text: string | null): StoryKey | null {
  const [, at, id] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)_([0-9a-f-]{36})$/.exec(text ?? "") ?? [];
  return at && id && isUuid(id) && !Number.isNaN(Date.parse(at)) ? { at, id } : null;
}

export const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);

const one = (query: Query, name: string): string | null => {
  const value = [query[name]].flat()[0]?.replaceAll("\0", "").trim();
  return value ? value : null;
};

const oneOf = <Word extends string>(words: readonly Word[], value: string | null): Word | null =>
  words.find((word) => word === value) ?? null;

/** 2026-10-03, as browsers send it, or 3/10/2026, as people type it where the browser shows no calendar. */
function readDay(text: string | null): string | null {
  const typed = /^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$/.exec(text ?? "");
  const day = typed ? `${typed[3]}-${typed[2]?.padStart(2, "0")}-${typed[1]?.padStart(2, "0")}` : text;
  if (!day || !/^(?:19|20)\d\d-\d\d-\d\d$/.test(day)) return null;
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) ? day : null;
}
