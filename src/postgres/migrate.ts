import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { runMigrations } from "graphile-worker";
import type { Pool } from "pg";
import { AppError, messageOf } from "#lib/errors.ts";
import { giveRights } from "./rights.ts";
import { ensureRoles } from "./roles.ts";
import { type Db, rows } from "./rows.ts";
import { assertServerVersion } from "./server-version.ts";
import { inTransaction } from "./transaction.ts";

const folder = join(import.meta.dirname, "migrations");
/** Any number that no other program uses for its lock. */
const LOCK = 4_832_773_228;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/**
 * Brings the database up to date: the roles, each of our files that has not run yet, all in one transaction, the job
 * queue's own tables, and the app's rights to all of them. Two that start together run one after the other.
 * @param pool as the owner of the tables
 * @returns the names of the files that ran now
 * @throws AppError `postgres_too_old`; `roles_missing` where an administrator must make them; `database_not_owned`;
 *   `migration_changed` where a file that ran once has been edited since
 */
export async function migrate(pool: Pool): Promise<string[]> {
  await assertServerVersion(pool);
  await ensureRoles(pool);
  return runAll(pool).catch((cause: unknown) => {
    if ((cause as { code?: string }).code !== "42501") throw cause;
    const text = `The database's user does not own it (${messageOf(cause)}): run migrate as the user who does.`;
    throw new AppError("database_not_owned", text, {}, { cause });
  });
}

async function runAll(pool: Pool): Promise<string[]> {
  const ran = await inTransaction(pool, async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await tx.query("set local statement_timeout = 0");
    await tx.query(
      `create schema if not exists housekeeping;
       create table if not exists housekeeping.migration (
         name text primary key, checksum text not null, ran_at timestamptz not null default clock_timestamp())`,
    );
    const pending = await notYetRun(tx);
    for (const { name, sql, checksum } of pending) {
      await tx.query(sql);
      await tx.query("insert into housekeeping.migration (name, checksum) values ($1, $2)", [name, checksum]);
    }
    return pending.map(({ name }) => name);
  });
  await runMigrations({ pgPool: pool });
  await inTransaction(pool, async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await giveRights(tx);
  });
  return ran;
}

/** The names of the files that `migrate` would run now; changes nothing. Throws as `migrate` does. */
export async function pendingMigrations(pool: Pool): Promise<string[]> {
  await assertServerVersion(pool);
  const [found] = await rows<{ exists: boolean }>(
    pool,
    "select to_regclass('housekeeping.migration') is not null as exists",
  );
  const pending = found?.exists ? await notYetRun(pool) : await readMigrations();
  return pending.map(({ name }) => name);
}

/** @throws AppError `database_behind`, and as `migrate` does */
export async function assertMigrated(pool: Pool): Promise<void> {
  const pending = await pendingMigrations(pool).catch((thrown: unknown) => {
    // Tables that are there, and that the app's role has no rights to yet.
    if ((thrown as { code?: string }).code === "42501") return ["rights"];
    throw thrown;
  });
  if (pending.length === 0) return;
  const text = `The database lacks ${pending.length} migrations of this version; run: hearback migrate`;
  throw new AppError("database_behind", text, { pending });
}

async function notYetRun(db: Db): Promise<Migration[]> {
  const ran = await rows<{ name: string; checksum: string }>(
    db,
    "select name, checksum from housekeeping.migration",
  );
  const checksums = new Map(ran.map(({ name, checksum }) => [name, checksum]));
  const migrations = await readMigrations();
  for (const { name, checksum } of migrations) {
    if (checksums.has(name) && checksums.get(name) !== checksum) {
      const remedy = "Put it back as it was and write the change as a new file.";
      throw new AppError(
        "migration_changed",
        `The migration ${name} was edited after it had run. ${remedy}`,
        { name },
      );
    }
  }
  return migrations.filter(({ name }) => !checksums.has(name));
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}
