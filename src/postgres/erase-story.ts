/** Erasing a story's rows. All that is made of a story is in one of the two lists here, and a test holds them against the schema. */
import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import type { Erasure, ErasureOrder, ErasureRows } from "#recording/ports.ts";
import { writeAudit } from "./audit-log.ts";
import { queueRemoveErased } from "./jobs.ts";
import { changed, maybeRow, oneRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/**
 * What goes with a story, in this order, by the name under which the proof counts it. Whoever makes a table of what was
 * heard, seen or written of stories adds its statement: $1 is the story's id. The list's card and the words in the search
 * (story_card) go by a trigger of their own.
 */
export const goesWithStory: Readonly<Record<string, string>> = {
  keys: "delete from story_key where story_id = $1",
  peaks: "delete from story_peaks where story_id = $1",
  clips: "delete from story_clip where story_id = $1",
  grants: "delete from listening_grant where story_id = $1",
  corrections: "delete from story_correction where story_id = $1",
  transcripts: "delete from transcript where story_id = $1",
  notes: "delete from story_note where story_id = $1",
  labels: "delete from story_label where story_id = $1",
  flagSteps: "delete from urgent_step where story_id = $1",
  flags: "delete from urgent_flag where story_id = $1",
  work: "delete from story_work where story_id = $1",
  // It stays as a row of the call, without the mark by which a copy of the sound could be known.
  parts: "update recording set state = 'discarded', sha256 = null where story_id = $1",
};
/** Tables that refer to stories and stay, for they say nothing of what was told. */
export const staysAfterErasure: readonly string[] = ["recording", "story_erasure", "story_card"];

export interface ErasureOptions {
  /** How long backups are kept; null: nobody said. */
  backupDays: number | null;
}

export const createErasureRows = (pool: Pool, { backupDays }: ErasureOptions): ErasureRows => ({
  erase: (storyId, order) => inTransaction(pool, (tx) => erase(tx, storyId, order, backupDays)),
  fileGone: (storyId) => inTransaction(pool, (tx) => fileGone(tx, storyId)),
});

/** Once more: somebody may have added to the story in the very moment in which it was erased. */
async function fileGone(tx: Tx, storyId: string): Promise<void> {
  await deleteAll(tx, storyId);
  await tx.query(
    "update story_erasure set file_gone_at = clock_timestamp() where story_id = $1 and file_gone_at is null",
    [storyId],
  );
}

async function deleteAll(tx: Tx, storyId: string): Promise<Record<string, number>> {
  const gone: Record<string, number> = {};
  for (const [name, statement] of Object.entries(goesWithStory))
    gone[name] = await changed(tx, statement, [storyId]);
  return gone;
}

interface Row {
  trust: string;
  going: boolean;
}

/**
 * The visit's last call first: by it the visit's results are told anew, and calls are locked before their stories
 * everywhere. The visit itself is not touched: how long a person's data stay is counted from what was done with it.
 */
async function erase(
  tx: Tx,
  storyId: string,
  order: ErasureOrder,
  backupDays: number | null,
): Promise<Erasure | null> {
  await tx.query(
    `update call set sequence = sequence
     where id = (select k.id from call k join story s on s.visit_id = k.visit_id where s.id = $1
         order by k.answered_at desc, k.id desc limit 1)
       and not exists (select from story_erasure e where e.story_id = $1)`,
    [storyId],
  );
  const story = await maybeRow<Row>(
    tx,
    `select s.trust, k.ended_at is null as going from story s join call k on k.id = s.call_id
     where s.id = $1 for update of s`,
    [storyId],
  );
  if (story === null) return null;
  const earlier = await erasureOf(tx, storyId);
  if (earlier !== null) return earlier;
  if (story.going)
    throw new AppError("story_being_told", "its call is still going on: erase it when that is over", {
      storyId,
    });
  await destroyStory(tx, storyId, { because: "erased", fileGone: false, backupDays, ...order });
  await queueRemoveErased(tx, storyId);
  const erasure = await oneErasure(tx, storyId);
  await writeAudit(tx, {
    ...{ who: order.by, action: "erase", subject: { kind: "story", id: storyId }, trust: story.trust },
    ...{ reason: order.why, details: { rows: Object.values(erasure.gone).reduce((sum, n) => sum + n, 0) } },
  });
  return erasure;
}

/**
 * What the patient deleted by a key.
 * @param fileGone its file has been removed already; otherwise a job is queued that does
 */
export async function destroyDeleted(
  tx: Tx,
  storyId: string,
  { fileGone }: { fileGone: boolean },
): Promise<void> {
  const by = { kind: "patient", id: "patient", name: null } as const;
  await destroyStory(tx, storyId, {
    because: "deleted",
    by,
    why: "by a key, in the call",
    backupDays: null,
    fileGone,
  });
  if (!fileGone) await queueRemoveErased(tx, storyId);
}

interface Destroying extends Pick<Erasure, "by" | "why">, ErasureOptions {
  because: "erased" | "deleted";
  fileGone: boolean;
}

/** The rows of a story that is locked. Its file cannot be opened any more. */
async function destroyStory(tx: Tx, storyId: string, order: Destroying): Promise<void> {
  const gone = await deleteAll(tx, storyId);
  await tx.query(
    `update story set audio = 'discarded', discarded_because = $2, uri = null, sha256 = null, bytes = null where id = $1`,
    [storyId, order.because],
  );
  const { by, why, backupDays, fileGone } = order;
  await tx.query(
    `insert into story_erasure (story_id, trust, unit, by_kind, by_id, by_name, why, gone, backups_until, file_gone_at)
     select id, trust, unit, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 day', case when $8 then clock_timestamp() end from story where id = $1
     on conflict (story_id) do nothing`,
    [storyId, by.kind, by.id, by.name, why, JSON.stringify(gone), backupDays, fileGone],
  );
}

const ERASURE = `select story_id as "storyId", erased_at as at, gone, why, file_gone_at as "fileGoneAt",
    backups_until as "backupsUntil", json_build_object('kind', by_kind, 'id', by_id, 'name', by_name) as by
  from story_erasure where story_id = $1`;

const erasureOf = (tx: Tx, storyId: string) => maybeRow<Erasure>(tx, ERASURE, [storyId]);
const oneErasure = (tx: Tx, storyId: string) => oneRow<Erasure>(tx, ERASURE, [storyId]);
