/** The ways of looking at the list that users keep; each meets their own only (0027_story_list.sql). */
import type { Pool } from "pg";
import type { SavedFilter, SavedFilters } from "#web/room/stories/ports.ts";
import { inRoom } from "./room.ts";
import { changed, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** More of them nobody finds again. */
const most = 50;

const TABLE = "housekeeping.saved_filter";

export const savedFilters = (tx: Tx): Promise<SavedFilter[]> =>
  rows<SavedFilter>(tx, `select id, name, query from ${TABLE} order by lower(name), name`);

export const createSavedFilters = (pool: Pool): SavedFilters => ({
  find: (userId) => inRoom(pool, userId, savedFilters),
  save: (userId, { name, query }) =>
    inRoom(pool, userId, async (tx) => {
      const kept = await changed(
        tx,
        `insert into ${TABLE} (user_id, name, query) select room_user(), $1, $2
         where (select count(*) from ${TABLE} where name <> $1) < ${most}
         on conflict (user_id, name) do update set query = excluded.query`,
        [name, query],
      );
      return kept > 0 ? "saved" : "too-many";
    }),
  rename: (userId, id, name) =>
    inRoom(pool, userId, async (tx) => {
      const renamed = await changed(
        tx,
        `update ${TABLE} set name = $2 where id = $1
           and not exists (select from ${TABLE} other where other.name = $2 and other.id <> $1)`,
        [id, name],
      );
      if (renamed > 0) return "renamed";
      return (await rows(tx, `select from ${TABLE} where id = $1`, [id])).length > 0
        ? "name-taken"
        : "unknown";
    }),
  remove: (userId, id) =>
    inRoom(pool, userId, async (tx) => {
      await tx.query(`delete from ${TABLE} where id = $1`, [id]);
    }),
});
