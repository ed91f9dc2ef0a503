/** One migration, with its locks: never waited for so long that calls queue behind it, and tried again. */
import type { Pool, PoolClient } from "pg";
import { systemClock as clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { type LockHolders, lockHolders } from "./lock-holders.ts";
import type { ConcurrentIndex, Migration } from "./migration-files.ts";
import { giveRights } from "./rights.ts";
import { maybeRow } from "./rows.ts";

export interface Patience {
  /** Whoever reads or writes a table waits behind one who waits for all of it: so long at most. */
  lockMs: number;
  /** Nobody waits behind "create index concurrently", which waits for those who began before it. */
  concurrentLockMs: number;
  /** From the first try to the last. */
  giveUpAfterMs: number;
}

export const usualPatience: Patience = { lockMs: 2_000, concurrentLockMs: 600_000, giveUpAfterMs: 120_000 };

export interface MigrationRun {
  pool: Pool;
  /** Holds the lock of migrations; to be thrown away afterwards. */
  session: PoolClient;
  patience: Patience;
  progress(line: string): void;
}

/** As long as it takes; the pool's own limit would give it up, and leave the server at work. */
const unhurried = { query_timeout: 2 ** 31 - 1 };
const [firstRestMs, longestRestMs] = [250, 5_000];
/** lock_not_available; deadlock_detected, of which Postgres picked us to give way. */
const heldUp = new Set(["55P03", "40P01"]);

/** @throws AppError `migration_blocked`, naming who holds the lock; whatever Postgres says of the file */
export async function runMigration(run: MigrationRun, migration: Migration): Promise<void> {
  const holders = await lockHolders(run.pool, run.session);
  try {
    await tryAgain(run, migration, holders);
  } finally {
    await holders.stop();
  }
}

async function tryAgain(run: MigrationRun, migration: Migration, holders: LockHolders): Promise<void> {
  const startedMs = clock.monotonicMs();
  for (let restMs = firstRestMs; ; restMs = Math.min(restMs * 2, longestRestMs)) {
    try {
      return await (migration.concurrently ? makeIndexes : inOneTransaction)(run, migration);
    } catch (thrown) {
      if (!heldUp.has((thrown as { code?: string }).code ?? "")) throw thrown;
      const forMs = clock.monotonicMs() - startedMs;
      if (forMs >= run.patience.giveUpAfterMs) throw blocked(migration, holders.seen(), forMs, thrown);
      run.progress(`${migration.name} waits: ${holders.seen()}`);
    }
    await clock.wait(restMs);
  }
}

async function inOneTransaction({ session, patience }: MigrationRun, migration: Migration): Promise<void> {
  await session.query("begin");
  try {
    await session.query(`set local lock_timeout = ${patience.lockMs}`);
    await session.query({ text: migration.sql, ...unhurried });
    // With it, and not after the last: a trigger on a live table may write to the new one from the commit on.
    await giveRights(session);
    await noteRun(session, migration);
    await session.query("commit");
  } catch (thrown) {
    await session.query("rollback").catch(() => {}); // the connection is gone, and the transaction with it
    throw thrown;
  }
}

/** Those that an earlier try finished stay; one that it left half made serves nobody, and is made again. */
async function makeIndexes({ session, patience }: MigrationRun, migration: Migration): Promise<void> {
  await session.query(`set lock_timeout = ${patience.concurrentLockMs}`);
  for (const index of migration.concurrently!) {
    const found = await standing(session, index);
    if (found?.valid) continue;
    if (found) await session.query({ text: `drop index concurrently ${found.name}`, ...unhurried });
    await session.query({ text: index.sql, ...unhurried });
  }
  await noteRun(session, migration);
}

const standing = (session: PoolClient, { name, table }: ConcurrentIndex) =>
  maybeRow<{ name: string; valid: boolean }>(
    session,
    `select i.indexrelid::regclass::text as name, i.indisvalid as valid
     from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relname = $1 and i.indrelid = to_regclass($2)`,
    [name, table],
  );

const noteRun = (session: PoolClient, { name, checksum }: Migration) =>
  session.query("insert into housekeeping.migration (name, checksum) values ($1, $2)", [name, checksum]);

function blocked({ name }: Migration, held: string, forMs: number, cause: unknown): AppError {
  const text = `The migration ${name} did not get its locks within ${Math.round(forMs / 1000)} s: ${held}. Let that end, or end it, and run migrate again; what ran before it stays.`;
  return new AppError("migration_blocked", text, { name }, { cause });
}
