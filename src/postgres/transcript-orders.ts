import type { Pool } from "pg";
import type { TranscriptOrder, TranscriptOrders } from "#transcript/ports.ts";
import { queueTranscription, queueTranscriptionAgain } from "./jobs.ts";
import { maybeRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

export const createTranscriptOrders = (pool: Pool): TranscriptOrders => ({
  hold: (order, held) => hold(pool, order, held),
  later: ({ storyId, engine }, delayMs) =>
    engine === null
      ? queueTranscription(pool, storyId, delayMs)
      : queueTranscriptionAgain(pool, { storyId, engine }, delayMs),
});

/** A new story's row may have failed before, for a fault of ours, and be tried again. */
async function hold(
  pool: Pool,
  { storyId, engine }: TranscriptOrder,
  held: { because: string; blamed: boolean },
): Promise<number> {
  const row = await maybeRow<{ blamed: number }>(
    pool,
    `update transcript set held_because = $3, blamed = blamed + $4
     where story_id = $1 and (state = 'waiting' and engine is not distinct from $2
       or state = 'failed' and current and $2::text is null)
     returning blamed`,
    [storyId, engine, held.because, held.blamed ? 1 : 0],
  );
  return row?.blamed ?? 0;
}

export const transcriptStates = ["failed", "no_words", "done", "none"] as const;

export interface AgainSelection {
  /** Engine to hear them, by its name. */
  engine: string;
  /** Of these campaigns' stories; null: of all. */
  campaign: string | null;
  /** Told since then; null: ever. */
  since: Date | null;
  /** How the transcript that is shown stands; none: kept while there was no engine. */
  states: readonly (typeof transcriptStates)[number][];
  /** The oldest so many; null: all. */
  limit: number | null;
}

const BATCH = 500;

const CHOSEN = `
  select s.id, s.trust, s.unit, t.id is null as first
  from story s
  join visit v on v.id = s.visit_id
  join campaign c on c.id = v.campaign_id
  left join transcript t on t.story_id = s.id and t.current
  where s.state = 'kept' and s.audio = 'stored'
    and ($2::text is null or c.name = $2) and ($3::timestamptz is null or s.created_at >= $3)
    and coalesce(t.state, 'none') = any ($4)
    and not exists (select from transcript w where w.story_id = s.id and w.state = 'waiting' and w.engine = $1)
  order by s.created_at, s.id limit $5`;

/**
 * Queues stories to be heard by another engine, beside the new ones; a story that waits for it already is left out.
 * What there is of words stays. In batches: broken off, it may be called again.
 * @returns how many stories
 */
export async function orderAgain(pool: Pool, selection: AgainSelection): Promise<number> {
  const { engine, campaign, since, states, limit } = selection;
  let count = 0;
  for (;;) {
    const most = Math.min(BATCH, limit === null ? BATCH : limit - count);
    const ordered = await inTransaction(pool, (tx) =>
      orderBatch(tx, [engine, campaign, since, states, most]),
    );
    count += ordered;
    if (ordered < BATCH) return count;
  }
}

/** How many `orderAgain` would queue. */
export async function countAgain(pool: Pool, selection: AgainSelection): Promise<number> {
  const { engine, campaign, since, states, limit } = selection;
  return (await rows(pool, CHOSEN, [engine, campaign, since, states, limit])).length;
}

async function orderBatch(tx: Tx, values: [engine: string, ...unknown[]]): Promise<number> {
  const ordered = await rows<{ storyId: string }>(
    tx,
    `with chosen as (${CHOSEN})
     insert into transcript (story_id, trust, unit, engine, current)
     select id, trust, unit, $1, first from chosen on conflict do nothing
     returning story_id as "storyId"`,
    values,
  );
  for (const { storyId } of ordered) await queueTranscriptionAgain(tx, { storyId, engine: values[0] });
  return ordered.length;
}
