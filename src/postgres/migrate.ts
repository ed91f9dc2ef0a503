import { runMigrations } from "graphile-worker";
import type { Pool, PoolClient } from "pg";
import { systemClock as clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { type Migration, migrationFolder, readMigrations } from "./migration-files.ts";
import { giveRights } from "./rights.ts";
import { ensureRoles } from "./roles.ts";
import { type Db, oneRow, rows } from "./rows.ts";
import { type Patience, runMigration, usualPatience } from "./run-migration.ts";
import { assertServerVersion } from "./server-version.ts";
import { inTransaction } from "./transaction.ts";

/** Any number that no other program uses for its lock. */
const LOCK = 4_832_773_228;
const askAgainMs = 200;

export interface MigrateOptions {
  /** Of the files; our own, when not given. */
  folder?: string;
  patience?: Patience;
  /** What it waits for. */
  progress?(line: string): void;
}

/**
 * Brings the database up to date while calls go on: the roles, each of our files that has not run yet in a transaction of
 * its own, with the app's rights to what it made, and the job queue's own tables. Two that start together run one after the
 * other; one that is cut off is carried on by the next.
 * @param pool as the owner of the tables; two connections of it
 * @returns the names of the files that ran now
 * @throws AppError `postgres_too_old`; `roles_missing` where an administrator must make them; `database_not_owned`;
 *   `migration_changed` where a file that ran once has been edited since; `migration_blocked`
 */
export async function migrate(pool: Pool, options: MigrateOptions = {}): Promise<string[]> {
  await assertServerVersion(pool);
  await ensureRoles(pool);
  return runAll(pool, options).catch((cause: unknown) => {
    if ((cause as { code?: string }).code !== "42501") throw cause;
    const text = `The database's user does not own it (${messageOf(cause)}): run migrate as the user who does.`;
    throw new AppError("database_not_owned", text, {}, { cause });
  });
}

async function runAll(pool: Pool, options: MigrateOptions): Promise<string[]> {
  const { folder = migrationFolder, patience = usualPatience, progress = () => {} } = options;
  const session = await pool.connect();
  try {
    await session.query("set statement_timeout = 0");
    await takeTurn(session, progress);
    await session.query(
      `create schema if not exists housekeeping;
       create table if not exists housekeeping.migration (
         name text primary key, checksum text not null, ran_at timestamptz not null default clock_timestamp())`,
    );
    await runMigrations({ pgPool: pool });
    const pending = await notYetRun(session, folder);
    for (const migration of pending) await runMigration({ pool, session, patience, progress }, migration);
    await inTransaction(pool, giveRights);
    return pending.map(({ name }) => name);
  } finally {
    session.release(true); // its settings, and the lock, go with it
  }
}

/**
 * Asks again and again, instead of standing in the line: a statement that waits holds a snapshot, for whose end "create
 * index concurrently" of the other would wait in turn.
 */
async function takeTurn(session: PoolClient, progress: (line: string) => void): Promise<void> {
  for (let told = false; ; told = true) {
    const { ours } = await oneRow<{ ours: boolean }>(session, "select pg_try_advisory_lock($1) as ours", [
      LOCK,
    ]);
    if (ours) return;
    if (!told) progress("another migrate is running; waiting for its end");
    await clock.wait(askAgainMs);
  }
}

/** The names of the files that `migrate` would run now; changes nothing. Throws as `migrate` does. */
export async function pendingMigrations(pool: Pool): Promise<string[]> {
  await assertServerVersion(pool);
  const [found] = await rows<{ exists: boolean }>(
    pool,
    "select to_regclass('housekeeping.migration') is not null as exists",
  );
  const pending = found?.exists
    ? await notYetRun(pool, migrationFolder)
    : await readMigrations(migrationFolder);
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

async function notYetRun(db: Db, folder: string): Promise<Migration[]> {
  const ran = await rows<{ name: string; checksum: string }>(
    db,
    "select name, checksum from housekeeping.migration",
  );
  const checksums = new Map(ran.map(({ name, checksum }) => [name, checksum]));
  const migrations = await readMigrations(folder);
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
