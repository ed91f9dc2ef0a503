/** Another master key for all: the stories' keys are wrapped anew, the stories themselves are not touched. */
import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import { AppError } from "#lib/errors.ts";
import { forStory, type MasterKeys } from "#storage/master-key.ts";
import { writeAudit } from "./audit-log.ts";
import { masterKeysInUse, noteMasterKey, proveMasterKeys } from "./master-keys.ts";
import { rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

const BATCH = 200;

export interface Rotation {
  by: AuditWho;
  /** Told now and then how many are done, of how many. */
  progress(done: number, of: number): void;
}

export interface Rotated {
  rewrapped: number;
  /** Master keys that wrap nothing any more. */
  retired: string[];
  /** Stories whose key does not unwrap: left as they are. */
  damaged: string[];
}

/**
 * Wraps every story's key with the master key of now; the stories themselves are not touched. May die anywhere and run
 * again, beside `serve`: each row says which master key it needs.
 * @throws AppError `master_key_missing`, `master_key_wrong`: before anything is changed
 */
export async function rotateKeys(
  pool: Pool,
  masters: MasterKeys,
  { by, progress }: Rotation,
): Promise<Rotated> {
  await proveMasterKeys(pool, masters);
  const old = (await masterKeysInUse(pool, masters)).filter(({ keyId }) => keyId !== masters.keyId);
  const of = old.reduce((sum, { stories }) => sum + stories, 0);
  if (of > 0) await inTransaction(pool, (tx) => noteMasterKey(tx, masters));
  const damaged: string[] = [];
  let rewrapped = 0;
  for (const { keyId } of old) {
    for (let after: string | null = null; ; ) {
      const batch: Batch = await inTransaction(pool, (tx) => rewrapBatch(tx, masters, { keyId, after }));
      rewrapped += batch.rewrapped;
      damaged.push(...batch.damaged);
      progress(rewrapped, of);
      if (batch.last === null) break;
      after = batch.last;
    }
  }
  const retired = await inTransaction(pool, async (tx) => {
    const gone = await retire(tx, masters);
    const details = { keyId: masters.keyId, rows: rewrapped, count: gone.length };
    if (rewrapped > 0 || gone.length > 0)
      await writeAudit(tx, {
        ...{ who: by, action: "key-rotate", subject: null, trust: null, reason: null },
        details,
      });
    return gone;
  });
  return { rewrapped, retired, damaged };
}

interface Batch {
  rewrapped: number;
  damaged: string[];
  /** Null: there are no more. */
  last: string | null;
}

async function rewrapBatch(
  tx: Tx,
  masters: MasterKeys,
  { keyId, after }: { keyId: string; after: string | null },
): Promise<Batch> {
  const found = await rows<{ storyId: string; wrapped: Buffer }>(
    tx,
    `select story_id as "storyId", wrapped from story_key where master_key = $1 and ($2::uuid is null or story_id > $2)
     order by story_id limit ${BATCH} for update`,
    [keyId, after],
  );
  const damaged: string[] = [];
  for (const { storyId, wrapped } of found) {
    const again = await rewrap(masters, keyId, storyId, wrapped);
    if (again === null) damaged.push(storyId);
    else
      await tx.query(
        "update story_key set master_key = $3, wrapped = $4 where story_id = $1 and master_key = $2",
        [storyId, keyId, masters.keyId, again],
      );
  }
  const last = found.length < BATCH ? null : found.at(-1)!.storyId;
  return { rewrapped: found.length - damaged.length, damaged, last };
}

/** Null where it does not unwrap. What is written was unwrapped again, and compared. */
async function rewrap(
  masters: MasterKeys,
  keyId: string,
  storyId: string,
  wrapped: Buffer,
): Promise<Buffer | null> {
  const of = forStory(storyId);
  const key = await masters.unwrap(keyId, wrapped, of).catch((thrown) => {
    if (thrown instanceof AppError && thrown.code === "master_key_wrong") return null;
    throw thrown;
  });
  if (key === null) return null;
  const again = await masters.wrap(key, of);
  if ((await masters.unwrap(masters.keyId, again, of)).equals(key)) return again;
  throw new AppError("master_key_wrong", `what ${masters.keyId} wrapped it does not unwrap the same`);
}

/**
 * Where a `serve` that has not been told of the new key wraps with the old one meanwhile, that one stays. Whoever is just
 * wrapping with one holds its row.
 */
async function retire(tx: Tx, masters: MasterKeys): Promise<string[]> {
  await tx.query("select from housekeeping.master_key where key_id <> $1 order by key_id for update", [
    masters.keyId,
  ]);
  const gone = await rows<{ keyId: string }>(
    tx,
    `delete from housekeeping.master_key m where key_id <> $1
       and not exists (select from story_key k where k.master_key = m.key_id) returning key_id as "keyId"`,
    [masters.keyId],
  );
  return gone.map(({ keyId }) => keyId);
}
