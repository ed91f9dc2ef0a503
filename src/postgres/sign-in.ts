import type { Pool } from "pg";
import type { Candidate, HalfOpen, NewSession, SignInBook } from "#access/door-ports.ts";
import { lockLive } from "./accounts.ts";
import { writeAudit } from "./audit-log.ts";
import type { Ciphers } from "./ciphers.ts";
import { openByIdentity } from "./identities.ts";
import { changed, type Db, maybeRow } from "./rows.ts";
import { enrol, openByRecoveryCode, openByStep, readSecret, showEnrolSecret } from "./second-factor.ts";
import { endSessions, insertSession, openSession } from "./sessions.ts";
import { inTransaction, type Tx } from "./transaction.ts";
import { trustOf } from "./user-grants.ts";

const CANDIDATE = `select id as "userId", name, email, password_hash as "passwordHash",
    exists (select from housekeeping.second_factor f where f.user_id = a.id) as "hasSecondFactor"
  from housekeeping.user_account a where ended_at is null`;

const HALF = `select s.id as "sessionId", s.stage, a.id as "userId", a.name, a.email, f.secret_enc as "secretEnc",
    f.last_step::float8 as "lastStep", s.enrol_secret_enc as "enrolSecretEnc"
  from housekeeping.session s
  join housekeeping.user_account a on a.id = s.user_id and a.ended_at is null
  left join housekeeping.second_factor f on f.user_id = a.id
  where s.sha256 = $1 and s.stage <> 'open' and s.ended_at is null and s.expires_at > clock_timestamp()`;

/** @param ciphers keep the secrets of second factors */
export const createSignInBook = (pool: Pool, ciphers: Pick<Ciphers, "encrypt" | "decrypt">): SignInBook => ({
  candidate: (email) => maybeRow<Candidate>(pool, `${CANDIDATE} and email = $1`, [email]),
  byId: (userId) => maybeRow<Candidate>(pool, `${CANDIDATE} and id = $1`, [userId]),
  beginHalf: async (userId, stage, session) => {
    await insertSession(pool, { userId, stage, way: "password" }, session);
  },
  half: (sha256) => readHalf(pool, sha256, ciphers),
  openByStep: (half, step, session) => inTransaction(pool, (tx) => openByStep(tx, { half, step, session })),
  openByRecoveryCode: (half, codeSha256, session) =>
    inTransaction(pool, (tx) => openByRecoveryCode(tx, { half, codeSha256, session })),
  showEnrolSecret: (sessionId, secret) => showEnrolSecret(pool, { sessionId, secret, ciphers }),
  enrol: (half, factor, session) =>
    inTransaction(pool, (tx) => enrol(tx, { half, factor, session, ciphers })),
  invited: (sha256) =>
    maybeRow(
      pool,
      `select a.id as "userId", a.name, a.email from housekeeping.invitation i
       join housekeeping.user_account a on a.id = i.user_id and a.ended_at is null
       where i.sha256 = $1 and i.expires_at > clock_timestamp()`,
      [sha256],
    ),
  accept: (sha256, passwordHash, session) =>
    inTransaction(pool, (tx) => accept(tx, { sha256, passwordHash, session })),
  changePassword: (userId, passwordHash, session) =>
    inTransaction(pool, (tx) => changePassword(tx, { userId, passwordHash, session })),
  openByIdentity: (identity, session) => inTransaction(pool, (tx) => openByIdentity(tx, identity, session)),
  openByLink: (sha256, session) => inTransaction(pool, (tx) => openByLink(tx, sha256, session)),
  refused: ({ userId, method, outcome, from }) =>
    inTransaction(pool, async (tx) => {
      const who = { kind: "user", id: userId ?? "unknown", name: null } as const;
      const trust = userId === null ? null : await trustOf(tx, userId);
      const details = { method, outcome, address: from.address };
      const subject = userId === null ? null : { kind: "user", id: userId };
      await writeAudit(tx, { who, action: "sign-in-failed", subject, trust, reason: null, details });
    }),
});

interface HalfRow extends Omit<HalfOpen, "secondFactor" | "enrolSecret"> {
  secretEnc: Buffer | null;
  lastStep: number | null;
  enrolSecretEnc: Buffer | null;
}

async function readHalf(db: Db, sha256: Buffer, ciphers: Pick<Ciphers, "decrypt">): Promise<HalfOpen | null> {
  const row = await maybeRow<HalfRow>(db, HALF, [sha256]);
  if (!row) return null;
  const { secretEnc, lastStep, enrolSecretEnc, ...half } = row;
  return {
    ...half,
    secondFactor: secretEnc && { secret: readSecret(ciphers, secretEnc), lastStep: lastStep ?? 0 },
    enrolSecret: enrolSecretEnc && readSecret(ciphers, enrolSecretEnc),
  };
}

const SET_PASSWORD = `update housekeeping.user_account set password_hash = $2, password_set_at = clock_timestamp()
  where id = $1 and ended_at is null`;

interface Accepting {
  sha256: Buffer;
  passwordHash: string;
  session: NewSession;
}

/** The link is gone with its use, and with it whatever session there was before. */
async function accept(tx: Tx, { sha256, passwordHash, session }: Accepting): Promise<boolean> {
  const holder = await lockHolder(tx, "invitation", sha256);
  if (!holder) return false;
  const { userId, name } = holder;
  await tx.query(SET_PASSWORD, [userId, passwordHash]);
  await endSessions(tx, userId, "password_changed");
  // Neither a new account nor one that was reset has a second factor.
  await insertSession(tx, { userId, stage: "enrol", way: "password" }, session);
  await auditPassword(tx, { userId, name, kind: "invitation" });
  return true;
}

interface Changing {
  userId: string;
  passwordHash: string;
  session: NewSession;
}

async function changePassword(tx: Tx, { userId, passwordHash, session }: Changing): Promise<void> {
  const { name } = await lockLive(tx, userId);
  await tx.query(SET_PASSWORD, [userId, passwordHash]);
  await endSessions(tx, userId, "password_changed");
  await insertSession(tx, { userId, stage: "open", way: "password" }, session);
  await auditPassword(tx, { userId, name, kind: "change" });
}

async function auditPassword(tx: Tx, { userId, name, kind }: { userId: string; name: string; kind: string }) {
  await writeAudit(tx, {
    ...{
      who: { kind: "user", id: userId, name },
      action: "password-change",
      reason: null,
      details: { kind },
    },
    ...{ subject: { kind: "user", id: userId }, trust: await trustOf(tx, userId) },
  });
}

async function openByLink(tx: Tx, sha256: Buffer, session: NewSession): Promise<boolean> {
  const holder = await lockHolder(tx, "sign_in_link", sha256);
  if (!holder) return false;
  await openSession(tx, { ...holder, way: "link", method: "link" }, session);
  return true;
}

/** Uses a link up: the account first, then what belongs to it. Null where it is used, unknown or too old. */
async function lockHolder(tx: Tx, table: "invitation" | "sign_in_link", sha256: Buffer) {
  const holder = await maybeRow<{ userId: string }>(
    tx,
    `select user_id as "userId" from housekeeping.${table} where sha256 = $1`,
    [sha256],
  );
  if (!holder) return null;
  const { name } = await lockLive(tx, holder.userId);
  const used = await changed(
    tx,
    `delete from housekeeping.${table} where sha256 = $1 and expires_at > clock_timestamp()
       and ($2 or to_regclass('housekeeping.rehearsal') is not null)`,
    [sha256, table === "invitation"],
  );
  return used === 0 ? null : { userId: holder.userId, name };
}
