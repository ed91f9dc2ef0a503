import type { Pool } from "pg";
import { oneRow } from "./rows.ts";

export interface TranscriptBacklog {
  /** New stories that have no words yet and will get them. */
  waiting: number;
  /** How long the oldest of them waits; null where none does. */
  oldestMs: number | null;
  /** Of those, by the engine's trouble that they wait for, e.g. `{ speech_quota: 12 }`. */
  heldBecause: Record<string, number>;
  /** Stories to be heard again by another engine. */
  again: number;
  /** Stories without words that nobody will try again by himself: `hearback transcribe --again --state failed`. */
  givenUp: number;
}

/** For metrics, alerts and `hearback transcribe status`; a deleted story waits for nothing. */
export const transcriptBacklog = (pool: Pool): Promise<TranscriptBacklog> =>
  oneRow<TranscriptBacklog>(
    pool,
    `with open as (
       select t.state, t.created_at, t.held_because, t.engine is not null and t.state = 'waiting' as again,
         t.state = 'waiting' or exists (select from graphile_worker.jobs j
           where j.key = 'transcribe:' || t.story_id and (j.attempts < j.max_attempts or j.locked_at is not null))
           as coming
       from transcript t join story s on s.id = t.story_id
       where t.state in ('waiting', 'failed') and (t.current or t.state = 'waiting')
         and s.audio = 'stored' and s.state <> 'deleted'
     ), held as (
       select held_because, count(*)::int as stories from open
       where coming and not again and held_because is not null group by held_because
     )
     select (count(*) filter (where coming and not again))::int as waiting,
       extract(epoch from clock_timestamp() - min(created_at) filter (where coming and not again))::float8 * 1000
         as "oldestMs",
       coalesce((select json_object_agg(held_because, stories) from held), '{}') as "heldBecause",
       (count(*) filter (where again))::int as again,
       (count(*) filter (where not coming))::int as "givenUp"
     from open`,
  );
