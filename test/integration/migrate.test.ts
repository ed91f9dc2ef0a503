/** Upgrades beside live calls: what migrations lock, for how long, and what is left of one that is cut off. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PoolClient } from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLogger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, dialled, dramaNumber, flowState, visit } from "../support/survey.ts";

let db: TestDatabase;
let folder: string;
let reader: PoolClient | null;
beforeEach(async () => {
  db = await createTestDatabase({ maxConnections: 20 });
  folder = mkdtempSync(join(tmpdir(), "hearback-migrations-"));
  reader = null;
});
afterEach(async () => {
  reader?.release(true);
  await db.drop();
  rmSync(folder, { recursive: true });
});

const file = (name: string, sql: string) => writeFileSync(join(folder, name), sql);
const query = async (sql: string, ...values: unknown[]) => (await db.pool.query(sql, values)).rows;
const impatient = { lockMs: 500, concurrentLockMs: 30_000, giveUpAfterMs: 2_000 };
const patient = { ...impatient, giveUpAfterMs: 30_000 };
const ranNow = () => query("select name from housekeeping.migration where name like '9%' order by 1");

/** A transaction that has looked into a table, and stays open: a report, or somebody's psql at lunch. */
async function readsFrom(table: string): Promise<{ pid: number; end(): Promise<void> }> {
  const client = await db.pool.connect();
  reader = client;
  await client.query("set idle_in_transaction_session_timeout = 0; begin isolation level repeatable read");
  await client.query(`select count(*) from ${table}`);
  const { rows } = await client.query("select pg_backend_pid() as pid");
  return { pid: rows[0].pid, end: async () => void (await client.query("commit")) };
}

/** The session that builds it, once it waits. */
async function building(index: string): Promise<number> {
  const sql = `select a.pid from pg_stat_activity a join pg_locks l using (pid)
    where a.query ilike $1 and not l.granted and a.pid <> pg_backend_pid()`;
  return vi.waitFor(
    async () => {
      const [found] = await query(sql, `create index concurrently ${index} %`);
      expect(found).toBeDefined();
      return found.pid as number;
    },
    { timeout: 20_000 },
  );
}

const indexes = (like: string) =>
  query(
    `select c.oid::int, c.relname as name, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relname like $1 order by 2`,
    like,
  );

describe("each migration", () => {
  it("has a transaction of its own: what ran before one that fails stays, and of that one nothing", async () => {
    file("9001_good.sql", "create table good (id int);");
    file("9002_bad.sql", "create table bad (id int); select 1 / 0;");
    await expect(migrate(db.pool, { folder })).rejects.toThrow("division by zero");
    expect(await ranNow()).toEqual([{ name: "9001_good.sql" }]);
    expect(await query("select to_regclass('good') is not null as good, to_regclass('bad') as bad")).toEqual([
      { good: true, bad: null },
    ]);
    file("9002_bad.sql", "create table bad (id int);");
    expect(await migrate(db.pool, { folder })).toEqual(["9002_bad.sql"]);
  });

  it("gives the app its rights with itself: a trigger of it may write to its new table from then on", async () => {
    file("9001_new.sql", "create table made_now (id int); alter table made_now enable row level security;");
    file("9002_bad.sql", "select 1 / 0;");
    await expect(migrate(db.pool, { folder })).rejects.toThrow("division by zero");
    await db.pool.query("begin; set local role hearback_app; insert into made_now values (1); commit");
    expect(await query("select id from made_now")).toEqual([{ id: 1 }]);
  });

  it("may last longer than the pool lets a statement last", async () => {
    file("9001_slow.sql", "select pg_sleep(2); create table slow (id int);");
    const limits = { statementTimeoutMs: 1_000, answerTimeoutMs: 1_500 };
    const pool = createPool({
      ...{ url: db.ownerUrl, applicationName: "hearback test", as: "owner", logger: silentLogger },
      ...limits,
    });
    const ran = await migrate(pool, { folder }).finally(() => pool.end());
    expect(ran).toEqual(["9001_slow.sql"]);
  });
});

describe("a lock that somebody holds", () => {
  it("holds up no call for long, and is named when the migration gives up", async () => {
    file("9001_column.sql", "alter table visit add column migrated_here int;");
    const { pid, end } = await readsFrom("visit");
    const told: string[] = [];
    const failed = migrate(db.pool, { folder, patience: impatient, progress: (line) => told.push(line) });
    const refusal = expect(failed).rejects.toMatchObject({
      code: "migration_blocked",
      message: expect.stringMatching(
        new RegExp(`9001_column.sql did not get its locks .* held by the session ${pid} of "hearback test"`),
      ),
    });
    // A visit is read and written meanwhile.
    await query("update visit set attempts = attempts");
    await refusal;
    expect(told.join("\n")).toContain("9001_column.sql waits: its lock is held by");
    expect(await ranNow()).toEqual([]);
    await end();
    expect(await migrate(db.pool, { folder })).toEqual(["9001_column.sql"]);
  });

  it("is waited for, when it is let go in time", async () => {
    file("9001_column.sql", "alter table visit add column migrated_here int;");
    const { end } = await readsFrom("visit");
    const ran = await migrate(db.pool, { folder, patience: patient, progress: () => void end() });
    expect(ran).toEqual(["9001_column.sql"]);
  });
});

describe("an index that is made concurrently", () => {
  const concurrently = `-- concurrently: calls write meanwhile
    create index concurrently made_one on key_press (digit);
    create index concurrently made_two on key_press (step) where digit <> '9';`;

  it("cut off half made, is dropped and made again; the one that was finished stays", async () => {
    file("9001_indexes.sql", concurrently.replace(/create index concurrently made_two.*/, ""));
    await migrate(db.pool, { folder });
    const [{ oid }] = (await indexes("made_one")) as [{ oid: number }];
    await query("delete from housekeeping.migration where name like '9%'");
    file("9001_indexes.sql", concurrently);
    const { end } = await readsFrom("key_press");
    const failed = expect(migrate(db.pool, { folder, patience: patient })).rejects.toThrow(/terminat/i);
    await query("select pg_terminate_backend($1)", await building("made_two"));
    await failed;
    expect(await indexes("made_%")).toMatchObject([{ oid, valid: true }, { valid: false }]);
    await end();
    expect(await migrate(db.pool, { folder })).toEqual(["9001_indexes.sql"]);
    expect(await indexes("made_%")).toMatchObject([{ oid, valid: true }, { valid: true }]);
    expect(await migrate(db.pool, { folder })).toEqual([]);
  });

  it("lets calls write while it is built", async () => {
    const { attempt } = await dialled(db.pool, visit({ phone: dramaNumber(1) }));
    const callId = await begin(db.pool, attempt);
    const log = createCallLog(db.pool);
    file("9001_indexes.sql", concurrently);
    const { end } = await readsFrom("key_press");
    const running = migrate(db.pool, { folder, patience: patient });
    await building("made_one");
    for (let sequence = 1; sequence <= 20; sequence += 1)
      await log.keep({
        ...{ callId, sequence, effects: [], state: flowState({ step: "question" }) },
        key: { digit: "2", step: "question", pressedAt: new Date() },
      });
    const [written] = await query("select count(*)::int as keys from key_press where call_id = $1", callId);
    expect(written).toEqual({ keys: 20 });
    expect(await indexes("made_%")).toMatchObject([{ valid: false }]);
    await end();
    expect(await running).toEqual(["9001_indexes.sql"]);
    expect(await indexes("made_%")).toMatchObject([{ valid: true }, { valid: true }]);
  });

  it("is made once where two migrate at the same time, and neither waits for the other for ever", async () => {
    file("9001_indexes.sql", concurrently);
    file("9002_column.sql", "alter table visit add column migrated_here int;");
    const { end } = await readsFrom("key_press");
    let told = () => {};
    const second = new Promise<void>((resolve) => {
      told = resolve;
    });
    const first = migrate(db.pool, { folder, patience: patient });
    await building("made_one");
    const other = migrate(db.pool, { folder, patience: patient, progress: told });
    await second;
    await end();
    expect(await Promise.all([first, other])).toEqual([["9001_indexes.sql", "9002_column.sql"], []]);
  });

  it("stands in a file of its own", async () => {
    file("9001_both.sql", `${concurrently} alter table visit add column migrated_here int;`);
    await expect(migrate(db.pool, { folder })).rejects.toMatchObject({
      code: "migration_unusable",
      message: expect.stringContaining('write "alter table visit add column'),
    });
  });
});
