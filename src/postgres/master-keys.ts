/** Which master keys wrap something in this database, and whether they are at hand. */
import type { MasterKeys } from "#storage/master-key.ts";
import { type Db, maybeRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

const PROOF = "proof";

export interface MasterKeyUse {
  keyId: string;
  /** How many stories' keys it wraps. */
  stories: number;
  /** It is at hand, and is the one that was used. */
  fits: boolean;
  writtenAt: Date;
}

/** Every master key that wraps something, the oldest first. */
export async function masterKeysInUse(db: Db, masters: MasterKeys): Promise<MasterKeyUse[]> {
  const found = await rows<{ keyId: string; proof: Buffer; stories: number; writtenAt: Date }>(
    db,
    `select m.key_id as "keyId", m.proof, m.written_at as "writtenAt",
       (select count(*) from story_key k where k.master_key = m.key_id)::float8 as stories
     from housekeeping.master_key m order by m.written_at, m.key_id`,
  );
  return Promise.all(
    found.map(async ({ proof, ...use }) => ({ ...use, fits: await opens(masters, use.keyId, proof) })),
  );
}

/**
 * Before any story is read or written: with a key missing, some could not be heard, and that would show late.
 * @throws AppError `master_key_missing`, `master_key_wrong`
 */
export async function proveMasterKeys(db: Db, masters: MasterKeys): Promise<void> {
  for (const { keyId, proof } of await proofs(db)) await masters.unwrap(keyId, proof, PROOF);
}

export const proofs = (db: Db): Promise<{ keyId: string; proof: Buffer }[]> =>
  rows<{ keyId: string; proof: Buffer }>(
    db,
    'select key_id as "keyId", proof from housekeeping.master_key order by key_id',
  );

/** Whether the key of this name is at hand, and is the one that made the proof. */
export async function opens(masters: MasterKeys, keyId: string, proof: Buffer): Promise<boolean> {
  try {
    await masters.unwrap(keyId, proof, PROOF);
    return true;
  } catch {
    return false;
  }
}

/** The first time that a master key wraps, a row says so; where a rotation has just taken that away, it comes back. */
export async function noteMasterKey(tx: Tx, masters: MasterKeys): Promise<void> {
  const there = "select from housekeeping.master_key where key_id = $1 for key share";
  if ((await maybeRow(tx, there, [masters.keyId])) !== null) return;
  const proof = await masters.wrap(Buffer.alloc(32), PROOF);
  await tx.query(
    "insert into housekeeping.master_key (key_id, proof) values ($1, $2) on conflict do nothing",
    [masters.keyId, proof],
  );
}
