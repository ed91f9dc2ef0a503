import type { Pool } from "pg";
import type { PlainStories, PlainStory } from "#recording/ports.ts";
import { changed, maybeRow, oneRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/** As the index story_plain has it. */
const PLAIN = "audio = 'stored' and uri not like '%.sealed'";

/** Stories that were stored before they were sealed. */
export const createPlainStories = (pool: Pool): PlainStories => ({
  count: async () =>
    (await oneRow<{ count: number }>(pool, `select count(*)::float8 as count from story where ${PLAIN}`))
      .count,
  after: (storyId, limit) =>
    rows<PlainStory>(
      pool,
      `select id as "storyId", sha256 from story where ${PLAIN} and ($1::uuid is null or id > $1) order by id limit $2`,
      [storyId, limit],
    ),
  sealed: (was, now) => inTransaction(pool, (tx) => sealed(tx, was, now)),
  sealedAmong: (storyIds) =>
    rows<PlainStory>(
      pool,
      `select id as "storyId", sha256 from story
       where id = any ($1::uuid[]) and audio = 'stored' and uri like '%.sealed'`,
      [storyIds],
    ),
});

const sealed: (tx: Tx, ...of: Parameters<PlainStories["sealed"]>) => ReturnType<PlainStories["sealed"]> =
  async (tx, { storyId, sha256 }, now) => {
    const done = await changed(
      tx,
      `update story set uri = $3, sha256 = $4, bytes = $5 where id = $1 and sha256 = $2 and ${PLAIN}
       and exists (select from story_key k where k.story_id = story.id)`,
      [storyId, sha256, now.uri, now.sha256, now.bytes],
    );
    if (done > 0) return "sealed";
    const stays = await maybeRow(tx, "select from story where id = $1 and audio = 'stored'", [storyId]);
    return stays === null ? "gone" : "changed";
  };
