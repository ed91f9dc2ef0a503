/** The keys of stories, wrapped with a master key that is not here. */
import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import { forStory, type MasterKeys } from "#storage/master-key.ts";
import { newStoryKey } from "#storage/sealed-audio.ts";
import type { FoundKey, StoryKeys } from "#storage/sealed-store.ts";
import { noteMasterKey } from "./master-keys.ts";
import { type Db, maybeRow } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Audio of it is, or may yet come to be, in the store. */
const MAY_BE_KEPT = "(s.audio <> 'discarded' or s.discarded_because = 'missing')";

export const createStoryKeys = (pool: Pool, masters: MasterKeys): StoryKeys => ({
  find: async (storyId) => (UUID.test(storyId) ? find(pool, masters, storyId) : null),
  keyFor: (storyId) => keyFor(pool, masters, storyId),
});

interface Row {
  masterKey: string | null;
  wrapped: Buffer | null;
  lies: FoundKey["lies"];
}

const FIND = {
  name: "find-story-key",
  text: `select k.master_key as "masterKey", k.wrapped,
      case when s.audio <> 'stored' then 'unknown' when s.uri like '%.sealed' then 'sealed' else 'plain' end as lies
    from story s left join story_key k on k.story_id = s.id where s.id = $1 and ${MAY_BE_KEPT}`,
};

async function find(db: Db, masters: MasterKeys, storyId: string): Promise<FoundKey | null> {
  const row = await maybeRow<Row>(db, FIND, [storyId]);
  if (row === null) return null;
  const { masterKey, wrapped, lies } = row;
  if (masterKey === null || wrapped === null) return { key: null, lies };
  return { key: await masters.unwrap(masterKey, wrapped, forStory(storyId)), lies };
}

/**
 * The first key of a story that may have one, of a master key that wraps already: that one is locked before the story,
 * as in `keep`.
 */
const MAKE = {
  name: "make-story-key",
  text: `with master as materialized (
      select key_id from housekeeping.master_key where key_id = $2 for key share
    ), may as materialized (
      select s.id, s.trust, s.unit from story s where s.id = $1 and exists (select from master) and ${MAY_BE_KEPT} for share
    )
    insert into story_key (story_id, trust, unit, master_key, wrapped)
    select id, trust, unit, $2, $3 from may on conflict (story_id) do nothing
    returning master_key as "masterKey", wrapped`,
};

/** A key that comes out here came out of the database: what it opens can be opened again. */
async function keyFor(pool: Pool, masters: MasterKeys, storyId: string): Promise<Buffer> {
  const wrapped = await masters.wrap(newStoryKey(), forStory(storyId));
  const first = await maybeRow<{ masterKey: string; wrapped: Buffer }>(pool, MAKE, [
    ...[storyId, masters.keyId, wrapped],
  ]);
  if (first) return masters.unwrap(first.masterKey, first.wrapped, forStory(storyId));
  const there = await find(pool, masters, storyId);
  if (there?.key) return there.key;
  const made = there !== null && (await keep(pool, masters, storyId, wrapped));
  const kept = made ? await find(pool, masters, storyId) : null;
  if (kept?.key) return kept.key;
  throw new AppError("story_erased", "the story was erased, or is not known: it gets no key", { storyId });
}

/**
 * The story's row is locked and looked at again: whoever erases it meanwhile is waited for, and has the last word.
 * @returns whether the story has a key now, ours or that of somebody who was quicker
 */
const keep = (pool: Pool, masters: MasterKeys, storyId: string, wrapped: Buffer): Promise<boolean> =>
  inTransaction(pool, async (tx) => {
    await noteMasterKey(tx, masters);
    const may = await maybeRow(tx, `select from story s where s.id = $1 and ${MAY_BE_KEPT} for share`, [
      storyId,
    ]);
    if (may === null) return false;
    await tx.query(
      `insert into story_key (story_id, trust, unit, master_key, wrapped)
       select id, trust, unit, $2, $3 from story where id = $1 on conflict (story_id) do nothing`,
      [storyId, masters.keyId, wrapped],
    );
    return true;
  });
