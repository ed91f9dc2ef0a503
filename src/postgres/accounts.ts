import type { Pool } from "pg";
import { type Account, describeGrant } from "#access/account.ts";
import type { AuditAction, AuditDetails, AuditWho } from "#access/audit.ts";
import type { AccountBook, LinkHash, NewAccount } from "#access/ports.ts";
import type { Grant } from "#access/rights.ts";
import { AppError } from "#lib/errors.ts";
import { writeAudit } from "./audit-log.ts";
import { changed, type Db, maybeRow, oneRow, rows } from "./rows.ts";
import { endSessions } from "./sessions.ts";
import { inTransaction, type Tx } from "./transaction.ts";
import { deleteGrant, deleteGrants, insertGrant, trustOf } from "./user-grants.ts";

const ACCOUNT = `select a.id, a.email, a.name, a.password_hash is not null as "hasPassword",
    a.created_at as "createdAt", a.last_sign_in_at as "lastSignInAt", a.ended_at as "endedAt",
    exists (select from housekeeping.second_factor f where f.user_id = a.id) as "hasSecondFactor",
    exists (select from housekeeping.oidc_identity o where o.user_id = a.id) as "hasIdentity",
    (select expires_at from housekeeping.invitation i where i.user_id = a.id and expires_at > clock_timestamp())
      as "invitedUntil",
    (select coalesce(json_agg(json_build_object('role', g.role, 'trust', g.trust, 'unit', g.unit, 'site', g.site,
       'ward', g.ward, 'service', g.service) order by g.granted_at, g.id), '[]')
     from housekeeping.user_grant g where g.user_id = a.id) as grants
  from housekeeping.user_account a`;

export const createAccountBook = (pool: Pool): AccountBook => ({
  add: (account, by) => inTransaction(pool, (tx) => add(tx, account, by)),
  list: ({ ended }) =>
    rows<Account>(pool, `${ACCOUNT} where $1 or a.ended_at is null order by a.id`, [ended]),
  find: (who) =>
    "id" in who
      ? maybeRow<Account>(pool, `${ACCOUNT} where a.id = $1`, [who.id])
      : maybeRow<Account>(pool, `${ACCOUNT} where a.email = $1 and a.ended_at is null`, [who.email]),
  grant: (userId, grant, by) =>
    inTransaction(pool, async (tx) => {
      await lockLive(tx, userId);
      if (!(await insertGrant(tx, userId, grant)))
        throw new AppError("grant_exists", `This account is ${describeGrant(grant)} already.`, { userId });
      await endSessions(tx, userId, "roles_changed");
      await auditChange(tx, userId, by, { action: "user-change", ...toldOf("grant", grant) });
    }),
  revoke: (userId, grant, by) =>
    inTransaction(pool, async (tx) => {
      await lockLive(tx, userId);
      if (!(await deleteGrant(tx, userId, grant)))
        throw new AppError("grant_missing", `This account is not ${describeGrant(grant)}.`, { userId });
      await endSessions(tx, userId, "roles_changed");
      await auditChange(tx, userId, by, { action: "user-change", ...toldOf("revoke", grant) });
    }),
  invite: (userId, link, by) =>
    inTransaction(pool, async (tx) => {
      const { hasPassword } = await lockLive(tx, userId);
      if (hasPassword)
        throw new AppError("account_set_up", "This account has a password already; reset it instead.", {
          userId,
        });
      await putInvitation(tx, userId, link);
      await auditChange(tx, userId, by, { action: "user-invite", details: { kind: "again" } });
    }),
  reset: (userId, link, by) => inTransaction(pool, (tx) => reset(tx, userId, link, by)),
  end: (userId, by) => inTransaction(pool, (tx) => end(tx, userId, by)),
  makeSignInLink: (userId, link) => inTransaction(pool, (tx) => makeSignInLink(tx, userId, link)),
});

async function add(tx: Tx, { email, name, grants, invitation }: NewAccount, by: AuditWho): Promise<Account> {
  const made = await maybeRow<{ id: string }>(
    tx,
    `insert into housekeeping.user_account (email, name) values ($1, $2)
     on conflict (email) where ended_at is null do nothing returning id`,
    [email, name],
  );
  if (!made) throw new AppError("account_exists", "There is an account with this e-mail address already.");
  for (const grant of grants) await insertGrant(tx, made.id, grant);
  await putInvitation(tx, made.id, invitation);
  const account = await oneRow<Account>(tx, `${ACCOUNT} where a.id = $1`, [made.id]);
  const [first] = grants;
  const details = { kind: "new", count: grants.length, ...(first ? toldOf("new", first).details : {}) };
  await auditChange(tx, made.id, by, { action: "user-invite", details });
  return account;
}

async function reset(tx: Tx, userId: string, link: LinkHash, by: AuditWho): Promise<void> {
  await lockLive(tx, userId);
  await tx.query(
    "update housekeeping.user_account set password_hash = null, password_set_at = null where id = $1",
    [userId],
  );
  await forgetProofs(tx, userId);
  await endSessions(tx, userId, "account_reset");
  await putInvitation(tx, userId, link);
  await auditChange(tx, userId, by, { action: "user-invite", details: { kind: "reset" } });
}

async function end(tx: Tx, userId: string, by: AuditWho): Promise<void> {
  await lockLive(tx, userId);
  const trust = await trustOf(tx, userId);
  await tx.query(
    `update housekeeping.user_account set ended_at = clock_timestamp(), password_hash = null, password_set_at = null
     where id = $1`,
    [userId],
  );
  await forgetProofs(tx, userId);
  await tx.query("delete from housekeeping.invitation where user_id = $1", [userId]);
  const grants = await deleteGrants(tx, userId);
  await endSessions(tx, userId, "account_ended");
  await writeAudit(tx, {
    ...{ who: by, action: "user-end", subject: { kind: "user", id: userId }, trust, reason: null },
    details: { count: grants.length },
  });
}

/** Only a database that is marked as a rehearsal's takes one. */
async function makeSignInLink(tx: Tx, userId: string, { sha256, expiresAt }: LinkHash): Promise<void> {
  await lockLive(tx, userId);
  const { rehearsal } = await oneRow<{ rehearsal: boolean }>(
    tx,
    "select to_regclass('housekeeping.rehearsal') is not null as rehearsal",
  );
  if (!rehearsal)
    throw new AppError("not_a_rehearsal", "Links that sign in by themselves are for rehearsals only.");
  await tx.query("insert into housekeeping.sign_in_link (sha256, user_id, expires_at) values ($1, $2, $3)", [
    sha256,
    userId,
    expiresAt,
  ]);
}

/** Whoever changes an account has it to themselves. @throws AppError `account_missing` */
export async function lockLive(tx: Tx, userId: string): Promise<{ name: string; hasPassword: boolean }> {
  const found = await maybeRow<{ name: string; hasPassword: boolean }>(
    tx,
    `select name, password_hash is not null as "hasPassword" from housekeeping.user_account
     where id = $1 and ended_at is null for update`,
    [userId],
  );
  if (!found) throw new AppError("account_missing", "There is no such account, or it has ended.", { userId });
  return found;
}

async function forgetProofs(tx: Tx, userId: string): Promise<void> {
  for (const table of ["second_factor", "recovery_code", "oidc_identity", "sign_in_link"])
    await tx.query(`delete from housekeeping.${table} where user_id = $1`, [userId]);
}

const putInvitation = (db: Db, userId: string, { sha256, expiresAt }: LinkHash): Promise<number> =>
  changed(
    db,
    `insert into housekeeping.invitation (user_id, sha256, expires_at) values ($1, $2, $3)
     on conflict (user_id) do update set sha256 = $2, expires_at = $3, made_at = clock_timestamp()`,
    [userId, sha256, expiresAt],
  );

/** Where it holds, by its own trust; without what is null. */
function toldOf(kind: "new" | "grant" | "revoke", { role, trust, ...within }: Grant) {
  const parts = Object.entries(within).filter(([, part]) => part !== null);
  return { trust, details: { kind, role, ...Object.fromEntries(parts) } as AuditDetails };
}

interface Change {
  action: AuditAction;
  details: AuditDetails;
  trust?: string;
}

async function auditChange(tx: Tx, userId: string, by: AuditWho, { action, details, trust }: Change) {
  await writeAudit(tx, {
    ...{ who: by, action, subject: { kind: "user", id: userId }, reason: null, details },
    trust: trust ?? (await trustOf(tx, userId)),
  });
}
