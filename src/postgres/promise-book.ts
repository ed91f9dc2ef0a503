import type { Pool } from "pg";
import { inTimeForMs, type PromiseBook, type StandingPromise } from "#campaign/promises.ts";
import { changed, rows } from "./rows.ts";
import { databaseNow } from "./vital-signs.ts";

/** A call claimed and not yet dialled may still be refused: it does not count as being under way. */
const CALLING = `exists (select from attempt a where a.visit_id = b.visit_id and a.reason = 'callback'
  and a.state in ('dialing', 'live', 'unknown') and a.dialed_at >= b.asked_at)`;

/** Of promise `b`: one of the calls made for it went out in time. What comes later keeps no promise, whoever was away. */
export const MADE_IN_TIME = `exists (select from attempt a where a.visit_id = b.visit_id and a.reason = 'callback'
  and a.dialed_at >= b.asked_at and a.dialed_at <= b.due + interval '${inTimeForMs} milliseconds'
  and a.disposition is distinct from 'pending' and a.evidence is distinct from 'cel-absent')`;

export const createPromiseBook = (pool: Pool): PromiseBook => ({
  standing: async () => ({
    now: await databaseNow(pool),
    promises: await rows<StandingPromise>(
      pool,
      `select id, due, tries, ${CALLING} as calling from callback b
       where state = 'promised' and due <= clock_timestamp() order by due limit 1000`,
    ),
  }),
  writeBroken: (ids) =>
    changed(
      pool,
      `update callback b set state = 'broken'
       where id = any($1) and state = 'promised' and tries = 0 and not ${CALLING}`,
      [ids],
    ),
});
