/**
 * The second step of signing in, each in one transaction: a half-open session ends, and an open one takes its place. The
 * account is locked before what belongs to it, here as everywhere, so that nobody waits in a circle.
 */
import type { EnrolledFactor, HalfOpen, NewSession } from "#access/door-ports.ts";
import { lockLive } from "./accounts.ts";
import { writeAudit } from "./audit-log.ts";
import type { Ciphers } from "./ciphers.ts";
import { changed, type Db, oneRow } from "./rows.ts";
import { openSession } from "./sessions.ts";
import type { Tx } from "./transaction.ts";
import { trustOf } from "./user-grants.ts";

interface Going {
  half: HalfOpen;
  session: NewSession;
}

/** SQL guards the step: of two browsers with one code, one comes in. */
export async function openByStep(tx: Tx, { half, step, session }: Going & { step: number }) {
  const { userId, name } = half;
  await lockLive(tx, userId);
  const isNew = await changed(
    tx,
    "update housekeeping.second_factor set last_step = $2 where user_id = $1 and last_step < $2",
    [userId, step],
  );
  if (isNew === 0 || !(await goOn(tx, half))) return false;
  await openSession(tx, { userId, name, way: "password", method: "password and code" }, session);
  return true;
}

export async function openByRecoveryCode(
  tx: Tx,
  { half, codeSha256, session }: Going & { codeSha256: Buffer },
): Promise<boolean> {
  const { userId, name } = half;
  await lockLive(tx, userId);
  const used = await changed(
    tx,
    "delete from housekeeping.recovery_code where user_id = $1 and sha256 = $2",
    [userId, codeSha256],
  );
  if (used === 0 || !(await goOn(tx, half))) return false;
  await openSession(tx, { userId, name, way: "password", method: "password and recovery code" }, session);
  return true;
}

type Sealing = { ciphers: Pick<Ciphers, "encrypt" | "decrypt"> };

export async function enrol(
  tx: Tx,
  { half, factor, session, ciphers }: Going & Sealing & { factor: EnrolledFactor },
): Promise<boolean> {
  const { userId, name } = half;
  await lockLive(tx, userId);
  if (!(await goOn(tx, half))) return false;
  const added = await changed(
    tx,
    `insert into housekeeping.second_factor (user_id, secret_enc, last_step) values ($1, $2, $3)
     on conflict do nothing`,
    [userId, sealed(ciphers, factor.secret), factor.step],
  );
  if (added === 0) return false;
  await tx.query(
    "insert into housekeeping.recovery_code (user_id, sha256) select $1, code from unnest($2::bytea[]) as code",
    [userId, factor.recoverySha256],
  );
  await writeAudit(tx, {
    ...{ who: { kind: "user", id: userId, name }, action: "second-factor-change", reason: null, details: {} },
    ...{ subject: { kind: "user", id: userId }, trust: await trustOf(tx, userId) },
  });
  await openSession(tx, { userId, name, way: "password", method: "password and code" }, session);
  return true;
}

/** The same picture is shown until it was scanned and proved, however often the page is loaded. */
export async function showEnrolSecret(
  db: Db,
  { sessionId, secret, ciphers }: Sealing & { sessionId: string; secret: Buffer },
): Promise<Buffer> {
  const { shown } = await oneRow<{ shown: Buffer }>(
    db,
    `update housekeeping.session set enrol_secret_enc = coalesce(enrol_secret_enc, $2)
     where id = $1 and stage = 'enrol' and ended_at is null returning enrol_secret_enc as shown`,
    [sessionId, sealed(ciphers, secret)],
  );
  return readSecret(ciphers, shown);
}

const sealed = (ciphers: Pick<Ciphers, "encrypt">, secret: Buffer): Buffer =>
  ciphers.encrypt("totp", secret.toString("base64"));

export const readSecret = (ciphers: Pick<Ciphers, "decrypt">, sealedSecret: Buffer): Buffer =>
  Buffer.from(ciphers.decrypt("totp", sealedSecret), "base64");

/** False where the half-open session is over already. */
async function goOn(tx: Tx, { sessionId }: HalfOpen): Promise<boolean> {
  const ended = await changed(
    tx,
    `update housekeeping.session set ended_at = clock_timestamp(), ended_because = 'went_on', enrol_secret_enc = null
     where id = $1 and stage <> 'open' and ended_at is null and expires_at > clock_timestamp()`,
    [sessionId],
  );
  return ended === 1;
}
