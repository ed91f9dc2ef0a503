import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import type { NewSession, SessionBook, SessionRecord } from "#access/door-ports.ts";
import type { SignedIn } from "#access/rights.ts";
import { readSecret } from "#access/secret.ts";
import { type SessionEnd, type SessionStage, type SignInWay, sessionLimits } from "#access/session.ts";
import { writeAudit } from "./audit-log.ts";
import { type Db, maybeRow, oneRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";
import { trustOf } from "./user-grants.ts";

/** Neither ended nor too old, by the database's clock; $2: how long it may be unused, in milliseconds. */
const GOOD = `s.ended_at is null and s.expires_at > clock_timestamp()
  and s.used_at > clock_timestamp() - $2 * interval '1 millisecond'`;

const FIND = {
  name: "find-session",
  text: `select s.id as "sessionId", a.id as "userId", a.name,
      s.used_at < clock_timestamp() - interval '1 minute' as stale,
      (select coalesce(json_agg(json_build_object('role', g.role, 'trust', g.trust, 'unit', g.unit, 'site', g.site,
         'ward', g.ward, 'service', g.service) order by g.granted_at, g.id), '[]')
       from housekeeping.user_grant g where g.user_id = a.id) as grants
    from housekeeping.session s
    join housekeeping.user_account a on a.id = s.user_id and a.ended_at is null
    where s.sha256 = $1 and s.stage = 'open' and ${GOOD}`,
};

/** A write a minute, however much is read. */
const USED = {
  name: "session-used",
  text: `update housekeeping.session set used_at = clock_timestamp()
    where id = $1 and ended_at is null and used_at < clock_timestamp() - interval '1 minute'`,
};

export const createSessionBook = (pool: Pool): SessionBook => ({
  find: async (secret) => {
    const sha256 = readSecret(secret);
    if (!sha256) return null;
    const found = await maybeRow<SignedIn & { stale: boolean }>(pool, FIND, [sha256, sessionLimits.idleMs]);
    if (!found) return null;
    const { stale, ...who } = found;
    if (stale) await pool.query({ ...USED, values: [who.sessionId] });
    return who;
  },
  list: (userId) =>
    rows<SessionRecord>(
      pool,
      `select id, way, begun_at as "begunAt", used_at as "usedAt", expires_at as "expiresAt", address, agent
       from housekeeping.session s where user_id = $1 and stage = 'open' and ${GOOD} order by begun_at desc, id desc`,
      [userId, sessionLimits.idleMs],
    ),
  end: ({ id, userId }, because, by) =>
    inTransaction(pool, async (tx) => {
      const ended = await endWhere(tx, "id = $2 and user_id = $3", [because, id, userId]);
      if (ended.length === 0) return false;
      await auditEnd(tx, { userId, by, because, count: ended.length });
      return true;
    }),
  endAll: (userId, because, by, except) =>
    inTransaction(pool, async (tx) => {
      const ended = await endSessions(tx, userId, because, except);
      if (ended > 0) await auditEnd(tx, { userId, by, because, count: ended });
      return ended;
    }),
});

/** Every session of a user, half-open ones too. @returns how many open ones there were */
export async function endSessions(
  tx: Tx,
  userId: string,
  because: SessionEnd,
  except?: string,
): Promise<number> {
  const values = [because, userId, except ?? null];
  const ended = await endWhere(tx, "user_id = $2 and id is distinct from $3::uuid", values);
  return ended.filter(({ stage }) => stage === "open").length;
}

/** `$1` is why. */
const endWhere = (db: Db, where: string, values: unknown[]) =>
  rows<{ stage: SessionStage }>(
    db,
    `update housekeeping.session set ended_at = clock_timestamp(), ended_because = $1, enrol_secret_enc = null
     where ended_at is null and ${where} returning stage`,
    values,
  );

interface Ended {
  userId: string;
  by: AuditWho;
  because: SessionEnd;
  count: number;
}

async function auditEnd(tx: Tx, { userId, by, because, count }: Ended): Promise<void> {
  const own = because === "signed_out";
  await writeAudit(tx, {
    ...{ who: by, action: own ? "sign-out" : "session-end", subject: { kind: "user", id: userId } },
    ...{ trust: await trustOf(tx, userId), reason: null, details: own ? {} : { kind: because, count } },
  });
}

/** @returns its id */
export async function insertSession(
  db: Db,
  of: { userId: string; stage: SessionStage; way: SignInWay },
  { sha256, from }: NewSession,
): Promise<string> {
  const goodForMs = of.stage === "open" ? sessionLimits.absoluteMs : sessionLimits.halfOpenMs;
  const { id } = await oneRow<{ id: string }>(
    db,
    `insert into housekeeping.session (user_id, stage, way, sha256, address, agent, expires_at)
     values ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 millisecond') returning id`,
    [of.userId, of.stage, of.way, sha256, from.address, from.agent.slice(0, 300), goodForMs],
  );
  return id;
}

/** Signs in: to be called last in a transaction, for it writes the audit. */
export async function openSession(
  tx: Tx,
  { userId, name, way, method }: { userId: string; name: string; way: SignInWay; method: string },
  session: NewSession,
): Promise<void> {
  const id = await insertSession(tx, { userId, stage: "open", way }, session);
  await tx.query(
    `delete from housekeeping.session where user_id = $1 and expires_at < clock_timestamp() - interval '30 days'`,
    [userId],
  );
  await tx.query("update housekeeping.user_account set last_sign_in_at = clock_timestamp() where id = $1", [
    userId,
  ]);
  await writeAudit(tx, {
    ...{ who: { kind: "user", id: userId, name }, action: "sign-in", subject: { kind: "session", id } },
    ...{ trust: await trustOf(tx, userId), reason: null, details: { method, address: session.from.address } },
  });
}
