/** The list of stories as one user may see it: a page by its key, in two statements (0027_story_list.sql). */
import type { Pool } from "pg";
import type {
  ListedStory,
  Place,
  Said,
  SavedFilter,
  StoryAsked,
  StoryCorner,
  StoryFilter,
  StoryKey,
  StoryLength,
  StoryList,
  StoryPage,
  StoryTurn,
} from "#web/room/stories/ports.ts";
import { placeParts } from "#web/room/stories/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { inRoom } from "./room.ts";
import { oneRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** Beyond it the count says "999+". */
const countedUnheard = 1000;
/** Sorts before every story of the same instant. */
const lowestId = "00000000-0000-0000-0000-000000000000";
/** In no alphabet: what stands between them was looked for. Taken out of what was said, so that nobody can fake them. */
const [markOn, markOff] = ["\uE000", "\uE001"];
const headline = `StartSel=${markOn}, StopSel=${markOff}, MaxFragments=2, MaxWords=24, MinWords=12, FragmentDelimiter=" … "`;

export const createStoryList = (pool: Pool): StoryList => ({
  corner: (userId) => inRoom(pool, userId, cornerOf),
  page: (asked) =>
    inRoom(pool, asked.userId, async (tx) => {
      const page = await storyPage(tx, asked);
      if (asked.filter.words !== null) await tellSearch(tx, asked, page);
      return page;
    }),
  unheard: (userId) =>
    inRoom(pool, userId, async (tx) => {
      const { count } = await oneRow<{ count: number }>(tx, "select unheard_stories($1) as count", [
        countedUnheard,
      ]);
      return count;
    }),
});

async function cornerOf(tx: Tx): Promise<StoryCorner> {
  const places = await placesOf(tx);
  const savedFilters = await rows<SavedFilter>(
    tx,
    "select id, name, query from housekeeping.saved_filter order by name",
  );
  return { places, savedFilters };
}

const placesOf = (tx: Tx): Promise<Place[]> =>
  rows<Place>(
    tx,
    `select id, unit, site, ward, service from place where id = any ((select room_places())::integer[])
     order by unit, site, ward, service`,
  );

/** Also for those who walk through all that a filter finds (neighbours, the export). */
export async function storyPage(tx: Tx, { filter, turn, most }: StoryAsked): Promise<StoryPage> {
  const wanted = (await placesOf(tx)).filter((place) =>
    placeParts.every((part) => filter[part] === null || filter[part] === place[part]),
  );
  const found = await oneRow<{ ids: string[] | null; looked_to: string | null }>(
    tx,
    `select story_ids as ids, to_char(looked_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as looked_to
     from find_stories($1, $2, $3, $4, $5, $6)`,
    [
      ...[wanted.map(({ id }) => id), JSON.stringify(wordedFilter(filter))],
      ...[turn?.key.at ?? null, turn?.key.id ?? null, turn?.towards === "newer", most + 1],
    ],
  );
  const ids = found.ids ?? [];
  const kept = turn?.towards === "newer" ? ids.slice(-most) : ids.slice(0, most);
  const stories = kept.length > 0 ? await cards(tx, kept, filter.words) : [];
  const more = ids.length > most;
  return { stories, ...turnsOf({ stories, turn, more, lookedTo: more ? null : found.looked_to }) };
}

interface Found {
  stories: readonly ListedStory[];
  turn: StoryTurn | null;
  more: boolean;
  lookedTo: string | null;
}

/** Where the pages before and after this one begin. */
function turnsOf({ stories, turn, more, lookedTo }: Found): Omit<StoryPage, "stories"> {
  const newer = turn?.towards === "newer";
  const onwards = more || lookedTo !== null;
  const edge = newer ? stories[0] : stories.at(-1);
  const next = lookedTo === null ? keyOf(edge) : { at: lookedTo, id: lowestId };
  const back = keyOf(newer ? stories.at(-1) : stories[0]) ?? turn?.key ?? null;
  const ahead = onwards ? next : null;
  const behind = turn === null ? null : back;
  const looked = lookedTo === null ? null : new Date(lookedTo);
  return newer
    ? { newer: ahead, older: behind, lookedTo: looked }
    : { newer: behind, older: ahead, lookedTo: looked };
}

const keyOf = (story: StoryKey | undefined): StoryKey | null =>
  story ? { at: story.at, id: story.id } : null;

/** In milliseconds: from, and not up to. */
const lengths: Record<StoryLength, { leastMs?: number; belowMs?: number }> = {
  short: { belowMs: 30_000 },
  medium: { leastMs: 30_000, belowMs: 120_000 },
  long: { leastMs: 120_000 },
};

/** As find_stories reads it. */
const wordedFilter = ({ ratings, from, to, channel, length, state, consent, words }: StoryFilter) => ({
  ...{ from, to, channel, state, consent, words },
  ...(ratings.length > 0 ? { ratings } : {}),
  ...(length ? lengths[length] : {}),
});

interface Card extends Omit<ListedStory, "said"> {
  said: string | null;
}

/** By row-level security once more: a row that is not the user's is not shown, whoever found it. */
async function cards(tx: Tx, ids: readonly string[], words: string | null): Promise<ListedStory[]> {
  const found = await rows<Card>(
    tx,
    `select c.story_id as id, to_char(c.told_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
       c.told_at as "toldAt", c.duration_ms as "durationMs", c.rating, c.trust, p.unit, p.site, p.ward, p.service,
       c.channel, c.truncated, c.share_consent as consent, c.transcript_state as "transcriptState", 
       c.heard_at is not null as heard, c.flagged_at is not null as flagged,
       coalesce(c.assigned_to = (select room_user()), false) as mine,
       case when $2::text is null then c.first_words
         else ts_headline('english', translate(housekeeping.words_of(c.story_id), $3, ''),
           websearch_to_tsquery('english', $2), $4) end as said
     from story_card c join place p on p.id = c.place_id
     where c.story_id = any ($1) order by c.told_at desc, c.story_id desc`,
    [ids, words, `${markOn}${markOff}`, headline],
  );
  return found.map((card) => ({ ...card, said: saidOf(card.said) }));
}

/** What lies between the marks was looked for. */
function saidOf(text: string | null): Said[] {
  return (text ?? "").split(markOn).flatMap((stretch, index) => {
    const [first = "", rest = ""] = stretch.split(markOff);
    const parts =
      index === 0
        ? [{ text: stretch, marked: false }]
        : [
            { text: first, marked: true },
            { text: rest, marked: false },
          ];
    return parts.filter(({ text }) => text !== "");
  });
}

/** That there was one, and what it found; never for what. */
const tellSearch = (tx: Tx, { userId, userName }: StoryAsked, { stories }: StoryPage): Promise<void> =>
  writeAudit(tx, {
    who: { kind: "user", id: userId, name: userName },
    action: "search",
    ...{ subject: null, trust: null, reason: null },
    details: { kind: "stories", rows: stories.length },
  });
