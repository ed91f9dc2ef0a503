/** /stories: the list, its filter, and where to go from here. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { shortDate } from "../british.ts";
import { signedIn } from "../who.ts";
import {
  channelWords,
  consentWords,
  filterPairs,
  filterQuery,
  keyText,
  lengthWords,
  partWords,
  type Query,
  ratingCodes,
  ratingName,
  readFilter,
  readTurn,
  stateWords,
} from "./filter.ts";
import {
  type PlacePart,
  placeParts,
  type StoryCorner,
  type StoryFilter,
  type StoryKey,
  type StoryLength,
  type StoryList,
  type StoryPage,
  type StoryState,
  storyChannels,
} from "./ports.ts";

const aPage = 50;

export const listPage =
  (list: StoryList) => async (request: FastifyRequest<{ Querystring: Query }>, reply: FastifyReply) => {
    const { userId, name: userName } = signedIn(request);
    const filter = readFilter(request.query);
    const turn = readTurn(request.query);
    const corner = await list.corner(userId);
    const page = await list.page({ userId, userName, filter, turn, most: aPage });
    // Back at the top the page would begin in the middle of what came since.
    if (turn?.towards === "newer" && !page.newer) return reply.redirect(pathOf(filterPairs(filter)), 303);
    const query = filterQuery(filter);
    return reply.page("stories/list.njk", {
      ...{
        page,
        filter,
        query,
        options: optionsOf(corner, filter),
        chips: chipsOf(filter),
        first: turn === null,
      },
      ...{ stories: page.stories.map((story) => ({ ...story, at: placeWords(story) })) },
      ...{ noPlaces: corner.places.length === 0, turns: turnsOf(filter, page) },
      savedFilters: corner.savedFilters.map((saved) => ({ ...saved, here: saved.query === query })),
    });
  };

const pathOf = (pairs: [string, string][]): string =>
  pairs.length > 0 ? `/stories?${new URLSearchParams(pairs)}` : "/stories";

function turnsOf(filter: StoryFilter, { newer, older }: StoryPage) {
  const to = (name: "newer" | "older", key: StoryKey | null) =>
    key && pathOf([...filterPairs(filter), [name, keyText(key)]]);
  return { newer: to("newer", newer), older: to("older", older) };
}

/** From the narrowest to the widest, as people speak of it. */
export const placeWords = (place: Record<PlacePart, string>): string =>
  [...new Set([place.ward || place.service || place.unit, place.site, place.service])]
    .filter((word) => word !== "")
    .join(", ");

interface Chip {
  text: string;
  /** The list without it. */
  without: string;
}

/** What the filter asks, each with a way to lift it. */
function chipsOf(filter: StoryFilter): Chip[] {
  const pairs = filterPairs(filter);
  return pairs.map((pair) => ({
    text: chipText(pair),
    without: pathOf(pairs.filter((other) => other !== pair)),
  }));
}

const chipWords: Record<string, (value: string) => string> = {
  words: (value) => `Words: ${value}`,
  rating: (value) => `Rating: ${ratingName(Number(value))}`,
  from: (value) => `From ${shortDate(`${value}T12:00:00Z`)}`,
  to: (value) => `Until ${shortDate(`${value}T12:00:00Z`)}`,
  channel: (value) => `Channel: ${channelWords[value] ?? value}`,
  length: (value) => `Length: ${lengthWords[value as StoryLength]}`,
  state: (value) => stateWords[value as StoryState],
  consent: (value) => consentWords[value as "yes" | "no"],
};

const chipText = ([name, value]: [string, string]): string =>
  chipWords[name]?.(value) ?? `${partWords[name as PlacePart]}: ${value}`;

interface Option {
  value: string;
  text: string;
  selected: boolean;
}

/** What each field of the filter offers. */
function optionsOf({ places }: StoryCorner, filter: StoryFilter) {
  const choice = (words: Record<string, string>, chosen: string | null): Option[] =>
    Object.entries(words).map(([value, text]) => ({ value, text, selected: value === chosen }));
  const parts = placeParts.map((name) => {
    const words = [...new Set(places.map((place) => place[name]).filter((word) => word !== ""))];
    const named = words.sort(inOrder).map((word): [string, string] => [word, word]);
    return { name, label: partWords[name], options: choice(Object.fromEntries(named), filter[name]) };
  });
  const consent = filter.consent === null ? null : filter.consent ? "yes" : "no";
  return {
    parts: parts.filter(({ options }) => options.length > 0),
    ratings: ratingCodes.map((code) => ({
      ...{ value: String(code), text: ratingName(code), checked: filter.ratings.includes(code) },
    })),
    state: choice(stateWords, filter.state),
    length: choice(lengthWords, filter.length),
    consent: choice(consentWords, consent),
    channel: choice(
      Object.fromEntries(storyChannels.map((name) => [name, channelWords[name] ?? name])),
      filter.channel,
    ),
  };
}

/** Ward 9 before Ward 10. */
const { compare: inOrder } = new Intl.Collator("en-GB", { numeric: true });
