import type { Pool } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { dispositions } from "#call/disposition.ts";
import { migrate, pendingMigrations } from "#postgres/migrate.ts";
import { assertRehearsalOrEmpty, clearRehearsal, markRehearsal } from "#postgres/rehearsal.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, dialled, dramaNumber, newLedger, runningCampaign, visit } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterAll(() => db.drop());

const query = async (sql: string, ...values: unknown[]) => (await pool.query(sql, values)).rows;

describe("the schema", () => {
  it("carries trust and unit in every table", async () => {
    const without = await query(
      `select tablename from pg_tables t where schemaname = 'public' and 2 > (select count(*) from information_schema.columns c
        where c.table_schema = 'public' and c.table_name = t.tablename and c.is_nullable = 'NO'
          and c.column_name in ('trust', 'unit'))`,
    );
    expect(without).toEqual([]);
  });

  it("knows the same dispositions as the code", async () => {
    const [{ definition }] = await query(
      "select pg_get_constraintdef(oid) as definition from pg_constraint where contypid = 'disposition'::regtype",
    );
    const words = [...definition.matchAll(/'([a-z_]+)'/g)].map((match: RegExpMatchArray) => match[1]);
    expect(words.sort()).toEqual([...dispositions].sort());
  });

  it("says when a row last changed", async () => {
    const { attempt } = await dialled(pool);
    const updatedAt = async () =>
      (await query("select updated_at from visit where id = $1", attempt.visitId))[0];
    const before = await updatedAt();
    await query("update visit set site = 'Main' where id = $1", attempt.visitId);
    expect((await updatedAt()).updated_at.getTime()).toBeGreaterThan(before.updated_at.getTime());
  });

  /** A row beside the attempt's own: valid by itself (ended, counted), but for what is different. Values are SQL. */
  const insert = (of: string, different: Record<string, string>) => {
    const values = {
      visit_id: "a.visit_id",
      campaign_id: "a.campaign_id",
      trust: "a.trust",
      unit: "a.unit",
      number: "2",
      reason: "'retry'",
      again: "false",
      owner: "'test'",
      phone_hmac: "a.phone_hmac",
      channel_id: "'hb-' || n.id",
      state: "'ended'",
      dialed_at: "now()",
      ended_at: "now()",
      disposition: "'busy'",
      counts: "true",
      refused_because: "null",
      ...different,
    };
    return query(
      `insert into attempt (id, ${Object.keys(values).join(", ")}) select n.id, ${Object.values(values).join(", ")}
       from attempt a, (select housekeeping.new_id() as id) n where a.id = $1`,
      of,
    );
  };
  const ended = (disposition: "busy" | "unknown") =>
    ({
      disposition,
      cause: 17,
      sipCode: 486,
      counts: true,
      ...{ rang: true, contact: false, silent: false, numberRestsUntil: null },
      follows: { kind: "done" },
      promise: null,
    }) as const;
  const open = { state: "'dialing'", ended_at: "null", disposition: "null" };

  it.each([
    ["a channel id that is not the attempt's", { channel_id: "'hb-1'" }],
    [
      "a live attempt that was never dialled",
      { ...open, state: "'live'", dialed_at: "null", counts: "false" },
    ],
    ["an ended attempt without a disposition", { disposition: "null" }],
    ["an open attempt with a disposition", { ...open, disposition: "'busy'" }],
    ["an ended attempt without its time", { ended_at: "null" }],
    ["a disposition that is no word of ours", { disposition: "'bored'" }],
    ["an attempt that counts but was never dialled", { dialed_at: "null" }],
    ["a refusal without its reason", { state: "'refused'", disposition: "null" }],
    ["a reason without its refusal", { refused_because: "'suppressed'" }],
    ["a state that is no word of ours", { state: "'sleeping'", disposition: "null", ended_at: "null" }],
  ] as [string, Record<string, string>][])("refuses %s", async (_, different) => {
    const { ledger, attempt } = await dialled(pool);
    await ledger.end(attempt, ended("busy"));
    await insert(attempt.id, {}); // the row is right but for the difference
    await expect(insert(attempt.id, different)).rejects.toThrow(/violates check constraint/);
  });

  const number = "'\\x01'";
  const otherVisit = "(select v.id from visit v where v.status = 'due' limit 1)";
  it.each([
    ["a second open attempt at a visit", "dialing", { ...open, phone_hmac: number }, /one_open_a_visit/],
    ["an attempt after an unknown one", "unknown", { ...open, phone_hmac: number }, /one_open_a_visit/],
    ["a second call to a number", "dialing", { ...open, visit_id: otherVisit }, /one_open_a_number/],
  ] as const)("refuses %s", async (_, state, different, index) => {
    await runningCampaign(pool, [visit()]);
    const { ledger, attempt } = await dialled(pool);
    if (state === "unknown") await ledger.end(attempt, ended("unknown"));
    await expect(insert(attempt.id, different)).rejects.toThrow(index);
  });

  it.each([
    ["a rating of 0", "update call set rating = 0 where id = $1"],
    ["a rating of 7", "update call set rating = 7 where id = $1"],
    ["an end without a disposition", "update call set ended_at = now() where id = $1"],
    [
      "a key that no telephone has",
      "insert into key_press select id, 1, trust, unit, 'A', 's', now() from call where id = $1",
    ],
    [
      "a second story in force",
      `insert into story (call_id, visit_id, trust, unit, take, state)
       select id, visit_id, trust, unit, n, 'kept' from call, generate_series(1, 2) n where id = $1`,
    ],
    [
      "stored audio without its hash",
      `insert into story (call_id, visit_id, trust, unit, take, audio, uri)
       select id, visit_id, trust, unit, 1, 'stored', 'file:///x' from call where id = $1`,
    ],
    [
      "a second promise at a time",
      `insert into callback (visit_id, call_id, trust, unit, due)
       select visit_id, id, trust, unit, now() from call, generate_series(1, 2) where id = $1`,
    ],
    [
      "an opt-out of a number without the number",
      "insert into opt_out (trust, unit, scope, source, call_id) select trust, unit, 'number', 'key', id from call where id = $1",
    ],
  ])("refuses %s", async (_, sql) => {
    const { attempt } = await dialled(pool);
    await expect(query(sql, await begin(pool, attempt))).rejects.toThrow(/violates check|unique constraint/);
  });

  it("refuses a transcript's words without its state, and its state without its words", async () => {
    const { attempt } = await dialled(pool);
    const callId = await begin(pool, attempt);
    await query(
      "insert into story (call_id, visit_id, trust, unit, take) select id, visit_id, trust, unit, 1 from call where id = $1",
      callId,
    );
    const add = (columns: string, values: string) =>
      query(
        `insert into transcript (story_id, trust, unit, ${columns}) select id, trust, unit, ${values} from story where call_id = $1`,
        callId,
      );
    await expect(add("state, engine", "'done', 'x'")).rejects.toThrow(/check constraint/);
    await expect(add("state, engine, text", "'no_words', 'x', 'words'")).rejects.toThrow(/check constraint/);
    await expect(add("state, engine", "'perhaps', 'x'")).rejects.toThrow(/check constraint/);
    await expect(add("state", "'failed'")).rejects.toThrow(/check constraint/);
  });
});

describe("an id of ours", () => {
  const idsOf = async (sql: string): Promise<string[]> => (await query(sql)).map(({ id }) => id);

  it("is a UUID of version 7 that tells when it was made", async () => {
    const [row] = await query("select housekeeping.new_id() as id, clock_timestamp() as now");
    expect(row.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const madeAt = Number.parseInt(row.id.replaceAll("-", "").slice(0, 12), 16);
    expect(Math.abs(madeAt - row.now.getTime())).toBeLessThan(1_000);
  });

  it("sorts after every earlier one of its session, however fast they come", async () => {
    const ids = await idsOf("select housekeeping.new_id() as id from generate_series(1, 20000)");
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it("sorts so also where the clock was set back, and after a rollback", async () => {
    const client = await pool.connect();
    try {
      const aheadMs = Date.now() + 60_000;
      await client.query("select set_config('hearback.last_id', $1, false)", [String(aheadMs * 4096)]);
      const next = async (): Promise<string> =>
        (await client.query("select housekeeping.new_id() as id")).rows[0].id;
      const first = await next();
      await client.query("begin");
      await next();
      await client.query("rollback");
      const later = [await next(), await next()];
      expect(Number.parseInt(first.replaceAll("-", "").slice(0, 12), 16)).toBe(aheadMs);
      expect([first, ...later]).toEqual([first, ...later].sort());
    } finally {
      await client.query("reset hearback.last_id");
      client.release();
    }
  });
});

describe("a transaction", () => {
  it("leaves nothing when its work throws, and gives its connection back", async () => {
    const failing = inTransaction(pool, async (tx) => {
      await tx.query("insert into housekeeping.instance (owner, alive_until) values ('half', now())");
      throw new Error("half way");
    });
    await expect(failing).rejects.toThrow("half way");
    expect(await query("select from housekeeping.instance where owner = 'half'")).toEqual([]);
    expect(pool.totalCount - pool.idleCount).toBe(0);
  });
});

describe("migrations", () => {
  it("run once, also where two start together", async () => {
    const empty = await createTestDatabase({ empty: true });
    try {
      const names = await pendingMigrations(empty.pool);
      expect(names[0]).toBe("0001_campaigns_and_visits.sql");
      const ran = await Promise.all([migrate(empty.pool), migrate(empty.pool)]);
      expect(ran.map((list) => list.length).sort()).toEqual([0, names.length]);
      expect(await pendingMigrations(empty.pool)).toEqual([]);
      await empty.pool.query("update housekeeping.migration set checksum = 'x' where name like '0002%'");
      await expect(migrate(empty.pool)).rejects.toMatchObject({ code: "migration_changed" });
    } finally {
      await empty.drop();
    }
  });

  it("refuse a Postgres that is too old, and leave it as it was", async () => {
    const old = await createTestDatabase({ empty: true });
    try {
      // A server that says it is 14.2: only what we ask it by is played.
      await old.pool.query(
        `create schema pretence;
         create function pretence.current_setting(text) returns text language sql return '140002'`,
      );
      const client = await old.pool.connect();
      await client.query("set search_path = pretence, public, pg_catalog");
      const only = { query: client.query.bind(client), connect: async () => client } as unknown as Pool;
      const tooOld = {
        code: "postgres_too_old",
        message: "Postgres 15 or newer is needed; this is 14.2.",
      };
      await expect(migrate(only)).rejects.toMatchObject(tooOld);
      await expect(pendingMigrations(only)).rejects.toMatchObject(tooOld);
      await expect(markRehearsal(only)).rejects.toMatchObject(tooOld);
      client.release();
      expect((await old.pool.query("select from pg_namespace where nspname = 'housekeeping'")).rowCount).toBe(
        0,
      );
    } finally {
      await old.drop();
    }
  });
});

describe("a rehearsal", () => {
  let other: TestDatabase | undefined;
  afterEach(async () => {
    await other?.drop();
    other = undefined;
  });

  it("takes an empty database, marks it, and comes back to it", async () => {
    other = await createTestDatabase({ empty: true });
    await assertRehearsalOrEmpty(other.pool);
    await markRehearsal(other.pool);
    await assertRehearsalOrEmpty(other.pool); // killed between the mark and the migration
    await migrate(other.pool);
    await markRehearsal(other.pool);
    const campaign = await runningCampaign(other.pool, [visit({ phone: dramaNumber(1) })]);
    expect(await newLedger(other.pool).claim(campaign, 1)).toHaveLength(1);
    await clearRehearsal(other.pool);
    for (const table of ["visit", "campaign", "attempt", "housekeeping.instance"]) {
      expect((await other.pool.query(`select from ${table}`)).rowCount).toBe(0);
    }
    expect(await pendingMigrations(other.pool)).toEqual([]);
  });

  it("refuses a database of ours without the mark: it may be a real one", async () => {
    await expect(assertRehearsalOrEmpty(pool)).rejects.toMatchObject({ code: "not_a_rehearsal" });
    await expect(clearRehearsal(pool)).rejects.toMatchObject({ code: "not_a_rehearsal" });
    await expect(markRehearsal(pool)).rejects.toMatchObject({ code: "not_a_rehearsal" });
  });

  it.each(["public.patients", "epr.patients"])(
    "refuses a database with somebody else's %s, marked or not",
    async (table) => {
      other = await createTestDatabase({ empty: true });
      await other.pool.query("create schema epr");
      await other.pool.query(`create table ${table} (id int)`);
      await expect(markRehearsal(other.pool)).rejects.toMatchObject({ code: "database_in_use" });
      await other.pool.query(`drop table ${table}`);
      await markRehearsal(other.pool);
      await other.pool.query(`create table ${table} (id int)`);
      await expect(assertRehearsalOrEmpty(other.pool)).rejects.toMatchObject({ code: "database_in_use" });
    },
  );

  it("knows every table of the migrations as its own", async () => {
    other = await createTestDatabase({ empty: true });
    await markRehearsal(other.pool);
    await migrate(other.pool);
    await assertRehearsalOrEmpty(other.pool);
  });
});
