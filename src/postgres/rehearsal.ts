import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import { APP_ROLE } from "./roles.ts";
import { type Db, oneRow, rows } from "./rows.ts";
import { assertServerVersion } from "./server-version.ts";
import { inTransaction } from "./transaction.ts";

/** The tables of migrations/; a test compares them. */
const OUR_TABLES = [
  "answer",
  "attempt",
  "call",
  "call_step",
  "callback",
  "campaign",
  "key_press",
  "listening_grant",
  "opt_out",
  "passed_over",
  "permitted_span",
  "person_request",
  "place",
  "recording",
  "retention",
  "sensitive_service",
  "story",
  "story_card",
  "story_clip",
  "story_correction",
  "story_erasure",
  "story_key",
  "story_label",
  "story_label_used",
  "story_note",
  "story_peaks",
  "story_work",
  "transcript",
  "urgent_flag",
  "urgent_step",
  "visit",
  "visit_count",
  "visit_history",
];

/** Of the schema "housekeeping": what one rehearsal leaves that another must not find. */
const HOUSEKEEPING = [
  "instance",
  "dialling",
  "job_pool",
  "data_key_proof",
  "master_key",
  "api_token",
  "api_answer",
  "alert",
  "alert_message",
  "node",
  "node_link",
  "inbound_holder",
  "trunk_pace",
  "audit_entry",
  "user_grant",
  "list_upload",
  "saved_filter",
  "user_account",
  "invitation",
  "sign_in_link",
  "second_factor",
  "recovery_code",
  "oidc_identity",
  "session",
  "sign_in_tries",
  "release",
  "release_content",
  "release_draft",
  "release_event",
  "release_file",
  "release_look",
  "release_save",
  "release_trouble",
  "release_walk",
  "walk_job",
  "staff_call",
  "dialplan_in_force",
];

/**
 * A rehearsal may only use a database that holds nothing, or nothing but rehearsals.
 * @throws AppError `not_a_rehearsal` (tables of ours without the mark), `database_in_use` (tables of others),
 *   `postgres_too_old`
 */
export async function assertRehearsalOrEmpty(pool: Pool): Promise<void> {
  await assertServerVersion(pool);
  const others = await tablesOfOthers(pool);
  if (others > 0) {
    const message = `The database has ${others} tables that are not Hearback's: a rehearsal needs one of its own.`;
    throw new AppError("database_in_use", message, { tables: others });
  }
  const { marked, ours } = await oneRow<{ marked: boolean; ours: boolean }>(
    pool,
    `select to_regclass('housekeeping.rehearsal') is not null as marked,
       exists (select from pg_tables where schemaname in ('public', 'housekeeping', 'graphile_worker')) as ours`,
  );
  if (ours && !marked) {
    const message =
      "The database holds Hearback's tables and is not marked as a rehearsal: it may be a real one.";
    throw new AppError("not_a_rehearsal", message);
  }
}

/** Marks an empty database as one for rehearsals; to be done before its migration. Throws as assertRehearsalOrEmpty. */
export async function markRehearsal(pool: Pool): Promise<void> {
  await assertRehearsalOrEmpty(pool);
  await pool.query(
    `create schema if not exists housekeeping;
     create table if not exists housekeeping.rehearsal (marked_at timestamptz not null default clock_timestamp())`,
  );
}

/** Empties a rehearsal's database, so that the next one starts afresh. Throws `not_a_rehearsal` for any other. */
export async function clearRehearsal(pool: Pool): Promise<void> {
  await assertRehearsalOrEmpty(pool);
  await inTransaction(pool, async (tx) => {
    const found = await rows<{ name: string }>(
      tx,
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where (schemaname = 'public' and tablename = any($1)) or (schemaname = 'housekeeping' and tablename = any($2))
         or (schemaname = 'graphile_worker' and tablename in ('_private_jobs', '_private_job_queues'))`,
      [OUR_TABLES, HOUSEKEEPING],
    );
    if (found.length === 0) return;
    // Only here, where nothing is real, may an audit be emptied.
    const audit = found.find(({ name }) => name === "housekeeping.audit_entry")?.name;
    if (audit) await tx.query(`alter table ${audit} disable trigger user`);
    await tx.query(`truncate ${found.map(({ name }) => name).join(", ")}`);
    if (audit) await tx.query(`alter table ${audit} enable trigger user`);
  });
}

/** As whom a rehearsal's app signs in, as a hospital's does: a member of the app's role, and nothing else. */
export const APP_USER = "hearback_serve";

/** @param pool of a superuser, migrated */
export async function ensureAppUser(pool: Pool): Promise<void> {
  const there = await rows(pool, "select from pg_roles where rolname = $1", [APP_USER]);
  if (there.length === 0) await pool.query(`create role ${APP_USER} login in role ${APP_ROLE}`);
}

/** Extensions may bring tables of their own. */
async function tablesOfOthers(db: Db): Promise<number> {
  const { count } = await oneRow<{ count: number }>(
    db,
    `select count(*)::int as count
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'f') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
       and n.nspname not in ('housekeeping', 'graphile_worker')
       and not (n.nspname = 'public' and c.relname = any($1))
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`,
    [OUR_TABLES],
  );
  return count;
}
