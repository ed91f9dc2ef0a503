/** The list of stories as one user may see it: what a page shows, and what stands around it. */
import type { Pool } from "pg";
import type {
  ListedStory,
  Place,
  Said,
  StoryAsked,
  StoryKey,
  StoryList,
  StoryPage,
  StoryTurn,
} from "#web/room/stories/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { beyond, CARDS_OF, findStories, keyTime, placesOf } from "./find-stories.ts";
import { inRoom } from "./room.ts";
import { oneRow, rows } from "./rows.ts";
import { savedFilters } from "./saved-filters.ts";
import { neighboursOf, takenStories } from "./story-walks.ts";
import type { Tx } from "./transaction.ts";

/** Beyond it the count says "999+". */
const countedUnheard = 1000;

export const createStoryList = (pool: Pool): StoryList => ({
  look: (asked) =>
    inRoom(pool, asked.userId, async (tx) => {
      const places = await placesOf(tx);
      const page = await storyPage(tx, places, asked);
      const corner = { places, savedFilters: await savedFilters(tx) };
      if (asked.filter.words !== null) await tellSearch(tx, asked, page);
      return { page, corner };
    }),
  neighbours: ({ userId, filter }, storyId) =>
    inRoom(pool, userId, (tx) => neighboursOf(tx, filter, storyId)),
  taken: (asked) => takenStories(pool, asked),
  unheard: (userId) =>
    inRoom(pool, userId, async (tx) => {
      const sql = "select unheard_stories($1) as count";
      return (await oneRow<{ count: number }>(tx, sql, [countedUnheard])).count;
    }),
});

async function storyPage(
  tx: Tx,
  places: readonly Place[],
  { filter, turn, most }: StoryAsked,
): Promise<StoryPage> {
  const { ids, more, lookedTo } = await findStories(tx, places, { filter, turn, most });
  const stories = ids.length > 0 ? await cards(tx, ids, filter.words) : [];
  return { stories, ...turnsOf({ stories, turn, more, lookedTo }) };
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
  const [first, last] = [keyOf(stories[0]), keyOf(stories.at(-1))];
  const onwards = more ? (newer ? first : last) : lookedTo === null ? null : beyond(lookedTo);
  const back = turn === null ? null : ((newer ? last : first) ?? turn.key);
  const ways = newer ? { newer: onwards, older: back } : { newer: back, older: onwards };
  return { ...ways, lookedTo: lookedTo === null ? null : new Date(lookedTo) };
}

const keyOf = (story: StoryKey | undefined): StoryKey | null =>
  story ? { at: story.at, id: story.id } : null;

/** In no alphabet: what stands between them was looked for. Taken out of what was said, so that nobody can fake them. */
const [markOn, markOff] = ["\uE000", "\uE001"];
const headline = `StartSel=${markOn}, StopSel=${markOff}, MaxFragments=2, MaxWords=24, MinWords=12, FragmentDelimiter=" … "`;

/** By row-level security once more: a row that is not the user's is not shown, whoever found it. */
async function cards(tx: Tx, ids: readonly string[], words: string | null): Promise<ListedStory[]> {
  const found = await rows<Omit<ListedStory, "said"> & { said: string | null }>(
    tx,
    `select c.story_id as id, ${keyTime("c.told_at")} as at, c.told_at as "toldAt", c.duration_ms as "durationMs",
       c.rating, c.trust, p.unit, p.site, p.ward, p.service, c.channel, c.truncated, c.share_consent as consent,
       c.transcript_state as "transcriptState", c.heard_at is not null as heard, c.flagged_at is not null as flagged,
       coalesce(c.assigned_to = (select room_user()), false) as mine,
       case when $2::text is null then c.first_words
         else ts_headline('english', translate(housekeeping.words_of(c.story_id), $3, ''),
           websearch_to_tsquery('english', $2), $4) end as said
     from ${CARDS_OF} join place p on p.id = c.place_id
     order by c.told_at desc, c.story_id desc`,
    [ids, words, `${markOn}${markOff}`, headline],
  );
  return found.map((card) => ({ ...card, said: saidOf(card.said) }));
}

/** What lies between the marks was looked for. */
function saidOf(text: string | null): Said[] {
  const [before = "", ...stretches] = (text ?? "").split(markOn);
  const parts = stretches.flatMap((stretch) => {
    const [marked = "", rest = ""] = stretch.split(markOff);
    return [
      { text: marked, marked: true },
      { text: rest, marked: false },
    ];
  });
  return [{ text: before, marked: false }, ...parts].filter(({ text }) => text !== "");
}

/** That there was one, and what it found; never for what. */
const tellSearch = (tx: Tx, { userId, userName }: StoryAsked, { stories }: StoryPage): Promise<void> =>
  writeAudit(tx, {
    who: { kind: "user", id: userId, name: userName },
    action: "search",
    ...{ subject: null, trust: null, reason: null },
    details: { kind: "stories", rows: stories.length },
  });
