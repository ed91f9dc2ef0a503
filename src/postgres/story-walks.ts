/** Along the list beyond one page: to the stories beside one, and through all that a filter finds. */
import type { Pool } from "pg";
import type { AuditDetails } from "#access/audit.ts";
import type {
  Neighbours,
  Place,
  StoryFilter,
  StoryKey,
  StoryList,
  StoryTurn,
  TakenStory,
} from "#web/room/stories/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { beyond, CARDS_OF, findStories, keyTime, placesOf } from "./find-stories.ts";
import { inRoom } from "./room.ts";
import { maybeRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** Each look passes 10,000 stories; somebody waits for the page. */
const looksForNeighbours = 3;
const batch = 500;

export async function neighboursOf(tx: Tx, filter: StoryFilter, storyId: string): Promise<Neighbours> {
  const key = await maybeRow<StoryKey>(
    tx,
    `select story_id as id, ${keyTime("told_at")} as at from story_card where story_id = $1`,
    [storyId],
  );
  if (!key) return { newer: null, older: null };
  const places = await placesOf(tx);
  const beside = (towards: StoryTurn["towards"]) => nextStory(tx, places, filter, { key, towards });
  return { newer: await beside("newer"), older: await beside("older") };
}

async function nextStory(
  tx: Tx,
  places: readonly Place[],
  filter: StoryFilter,
  from: StoryTurn,
): Promise<string | null> {
  let turn = from;
  for (let looks = 0; looks < looksForNeighbours; looks += 1) {
    const { ids, lookedTo } = await findStories(tx, places, { filter, turn, most: 1 });
    if (ids[0] || lookedTo === null) return ids[0] ?? null;
    turn = { ...turn, key: beyond(lookedTo) };
  }
  return null;
}

type Taking = Parameters<StoryList["taken"]>[0];

/** No transaction is longer than a batch, however slowly the stories are fetched. */
export async function* takenStories(pool: Pool, asked: Taking): AsyncGenerator<TakenStory[]> {
  const { userId, filter } = asked;
  await inRoom(pool, userId, (tx) => tellTaking(tx, asked, { state: "begun" }));
  let taken = 0;
  let outcome = "broken-off";
  try {
    for (let turn: StoryTurn | null = null; ; ) {
      const { stories, last } = await inRoom(pool, userId, (tx) => nextBatch(tx, filter, turn));
      taken += stories.length;
      if (stories.length > 0) yield stories;
      if (!last) break;
      turn = { key: last, towards: "older" };
    }
    outcome = "whole";
  } finally {
    await inRoom(pool, userId, (tx) => tellTaking(tx, asked, { state: "ended", outcome, rows: taken }));
  }
}

async function nextBatch(tx: Tx, filter: StoryFilter, turn: StoryTurn | null) {
  const { ids, more, lookedTo } = await findStories(tx, await placesOf(tx), { filter, turn, most: batch });
  const found = await rows<TakenStory & StoryKey>(
    tx,
    `select c.story_id as id, ${keyTime("c.told_at")} as at, c.told_at as "toldAt", c.duration_ms as "durationMs",
       c.rating, c.trust, p.unit, p.site, p.ward, p.service, c.channel, c.share_consent as consent,
       housekeeping.words_of(c.story_id) as words
     from ${CARDS_OF} join place p on p.id = c.place_id
     order by c.told_at desc, c.story_id desc`,
    [ids],
  );
  const last = more ? (found.at(-1) ?? null) : lookedTo === null ? null : beyond(lookedTo);
  return { stories: found, last: last && { at: last.at, id: last.id } };
}

/** By which filters, not by which words: those are the user's own. */
function tellTaking(
  tx: Tx,
  { userId, userName, filter, reason }: Taking,
  details: AuditDetails,
): Promise<void> {
  const used = Object.entries(filter).filter(([, value]) => value !== null && [value].flat().length > 0);
  const { from, to } = filter;
  return writeAudit(tx, {
    who: { kind: "user", id: userId, name: userName },
    action: "export",
    ...{ subject: null, trust: null, reason },
    details: {
      ...{ kind: "stories", format: "csv", filter: used.map(([name]) => name).join(" "), from, to },
      ...details,
    },
  });
}
