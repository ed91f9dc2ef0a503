/** /stories: the list, its filter, and where to go from here. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { signedIn } from "../who.ts";
import {
  filterPairs,
  filterQuery,
  keyText,
  listPath,
  type Query,
  ratingCodes,
  readFilter,
  readTurn,
} from "./filter.ts";
import {
  placeParts,
  type StoryCorner,
  type StoryFilter,
  type StoryKey,
  type StoryList,
  type StoryPage,
  storyChannels,
} from "./ports.ts";
import {
  channelWords,
  chipsOf,
  consentWords,
  lengthWords,
  partWords,
  placeWords,
  ratingName,
  stateWords,
} from "./wording.ts";

const aPage = 50;

export const listPage =
  (list: StoryList) => async (request: FastifyRequest<{ Querystring: Query }>, reply: FastifyReply) => {
    const { userId, name: userName } = signedIn(request);
    const filter = readFilter(request.query);
    const turn = readTurn(request.query);
    const { page, corner } = await list.look({ userId, userName, filter, turn, most: aPage });
    // Back at the top the page would begin in the middle of what came since.
    if (turn?.towards === "newer" && !page.newer) return reply.redirect(listPath(filterPairs(filter)), 303);
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
      ...{ unheard: request.unheard, saved: corner.savedFilters.some((saved) => saved.query === query) },
      savedFilters: corner.savedFilters.map((saved) => ({ ...saved, here: saved.query === query })),
    });
  };

function turnsOf(filter: StoryFilter, { newer, older }: StoryPage) {
  const to = (name: "newer" | "older", key: StoryKey | null) =>
    key && listPath([...filterPairs(filter), [name, keyText(key)]]);
  return { newer: to("newer", newer), older: to("older", older) };
}

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
