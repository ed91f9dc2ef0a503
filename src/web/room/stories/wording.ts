/** The words of the list: for what a filter asks, and for what a story is. */
import { ratingWords, shortDate } from "../british.ts";
import { filterPairs, listPath } from "./filter.ts";
import type { PlacePart, StoryFilter, StoryLength, StoryState } from "./ports.ts";

export const stateWords: Record<StoryState, string> = {
  unheard: "Nobody has heard it yet",
  heard: "Heard",
  flagged: "Flagged as urgent",
  mine: "Assigned to me",
  "no-words": "No words to read",
  transcribing: "Words are being written down",
};
export const lengthWords: Record<StoryLength, string> = {
  short: "Under 30 seconds",
  medium: "30 seconds to 2 minutes",
  long: "2 minutes or longer",
};
export const channelWords: Record<string, string> = { voice: "Telephone" };
export const consentWords = { yes: "May be shared", no: "Not to be shared" } as const;
export const partWords: Record<PlacePart, string> = {
  unit: "Unit",
  site: "Site",
  ward: "Ward",
  service: "Service",
};
export const ratingName = (code: number): string => ratingWords(code === 0 ? null : code);

/** From the narrowest to the widest, as people speak of it. */
export const placeWords = (place: Record<PlacePart, string>): string =>
  [...new Set([place.ward || place.service || place.unit, place.site, place.service])]
    .filter((word) => word !== "")
    .join(", ");

export interface Chip {
  text: string;
  /** The list without it. */
  without: string;
}

/** What the filter asks, each with a way to lift it. */
export function chipsOf(filter: StoryFilter): Chip[] {
  const pairs = filterPairs(filter);
  return pairs.map((pair) => ({
    text: chipText(pair),
    without: listPath(pairs.filter((other) => other !== pair)),
  }));
}

const day = (iso: string): string => shortDate(`${iso}T12:00:00Z`);

const chipWords: Record<string, (value: string) => string> = {
  words: (value) => `Words: ${value}`,
  rating: (value) => `Rating: ${ratingName(Number(value))}`,
  from: (value) => `From ${day(value)}`,
  to: (value) => `Until ${day(value)}`,
  channel: (value) => `Channel: ${channelWords[value] ?? value}`,
  length: (value) => `Length: ${lengthWords[value as StoryLength]}`,
  state: (value) => stateWords[value as StoryState],
  consent: (value) => consentWords[value as "yes" | "no"],
};

const chipText = ([name, value]: [string, string]): string =>
  chipWords[name]?.(value) ?? `${partWords[name as PlacePart]}: ${value}`;
