/**
 * One row in the database proves which data key it was begun with. Without it a wrong key would show late: numbers could
 * not be read, and, worse, opt-outs would not be found, for they are looked up by a hash made with the key.
 */
import { AppError } from "#lib/errors.ts";
import type { Ciphers } from "./ciphers.ts";
import { type Db, maybeRow } from "./rows.ts";

const WORDS = "hearback";

/** Whether this key opens what is stored; null where nothing is yet. Changes nothing. */
export async function keyFits(db: Db, ciphers: Pick<Ciphers, "decrypt">): Promise<boolean | null> {
  const stored = await maybeRow<{ kind: "proof" | "phone"; bytes: Buffer }>(
    db,
    `select 'proof' as kind, bytes from housekeeping.data_key_proof
     union all (select 'phone', phone_enc from visit limit 1) order by kind desc limit 1`,
  );
  if (stored === null) return null;
  try {
    ciphers.decrypt(stored.kind === "proof" ? "content" : "phone", stored.bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * To be called before anything is encrypted or looked up; the first key that is used is written down.
 * @throws AppError `data_key_wrong`
 */
export async function proveKey(db: Db, ciphers: Pick<Ciphers, "encrypt" | "decrypt">): Promise<void> {
  const fits = await keyFits(db, ciphers);
  if (fits === false)
    throw new AppError(
      "data_key_wrong",
      "HEARBACK_DATA_KEY is not the key that this database was written with. Give it that one: with another, " +
        "numbers cannot be read, and people who opted out would be rung.",
    );
  await db.query("insert into housekeeping.data_key_proof (bytes) values ($1) on conflict do nothing", [
    ciphers.encrypt("content", WORDS),
  ]);
  if (fits === null) await proveKey(db, ciphers);
}
