/** What test/support/cost-meter.ts counts of calls, by a real server's answers: the same, whatever goes on beside them. */
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool, PoolClient } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type CostMeter, startCostMeter } from "../support/cost-meter.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const folder = mkdtempSync(join(tmpdir(), "cost-meter-"));
const logFile = join(folder, "app.log");
const calls = 4;

let db: TestDatabase;
let pool: Pool;
let meter: CostMeter;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
  appendFileSync(logFile, "");
});
afterAll(async () => {
  await db.drop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  meter = startCostMeter({ logFile, exclude: "nobody" });
});
afterEach(() => meter.stop());

/** On one connection: what one leaves open would swallow the next. */
async function onOne(work: (client: PoolClient) => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  try {
    await work(client);
  } finally {
    client.release();
  }
}

const named = (name: string) => ({ name, text: `select '${name}'` });

async function transaction(client: PoolClient, ...names: string[]): Promise<void> {
  await client.query("begin; set local enable_seqscan = off");
  for (const name of names) await client.query(named(name));
  await client.query("commit");
}

async function eachCall(work: (call: number) => Promise<unknown>): Promise<void> {
  for (let call = 0; call < calls; call += 1) await work(call);
}

const told = () => meter.read(calls).told.split("\n").toSorted();

it("knows the end of a transaction by the server's word, not by a statement's name", async () => {
  await onOne((client) => transaction(client, "any-due"));
  meter.calling();
  await eachCall(() =>
    onOne(async (client) => {
      // Ended by its name, it would leave what follows to the idle time; begun by its name, the next would not be counted.
      await transaction(client, "commit-to-ring", "any-due");
      await client.query(named("begin-call"));
      await client.query(named("keep-step"));
    }),
  );
  const reading = meter.read(calls);
  expect(reading.perCall).toMatchObject({ statements: 7, roundTrips: 6 });
  expect(told()).toEqual([
    "1 x any-due",
    "1 x begin-call",
    "1 x begin; set local enable_seqscan = off",
    "1 x commit",
    "1 x commit-to-ring",
    "1 x keep-step",
  ]);
});

it("counts what is also done in idle time with the transaction of a call, and by itself not", async () => {
  await onOne((client) => transaction(client, "any-due"));
  await pool.query(named("lease-is-fresh"));
  meter.calling();
  await eachCall(async (call) => {
    // The loop of the dialer goes round as often as it likes.
    for (let turn = 0; turn <= call; turn += 1) await onOne((client) => transaction(client, "any-due"));
    await pool.query(named("lease-is-fresh"));
    await onOne((client) => transaction(client, "any-due", "claim"));
  });
  expect(meter.read(calls).perCall).toMatchObject({ statements: 5, roundTrips: 4 });
});

it("leaves out what fewer than half of the calls do, and counts in full what most of them do", async () => {
  meter.calling();
  await eachCall(async (call) => {
    await onOne((client) => (call === 0 ? transaction(client, "first", "key") : transaction(client, "key")));
    if (call > 0) await pool.query(named("nearly-always"));
    if (call < calls / 2) await pool.query(named("stale-locks"));
  });
  expect(told()).toEqual([
    "1 x begin; set local enable_seqscan = off",
    "1 x commit",
    "1 x key",
    "1 x nearly-always",
  ]);
});

it("counts a refused statement's trip, and its transaction until it is rolled back", async () => {
  meter.calling();
  await eachCall(() =>
    onOne(async (client) => {
      await client.query("begin");
      await expect(client.query("select 1 / 0")).rejects.toThrow(/zero/);
      await client.query("rollback");
      await client.query(named("after"));
    }),
  );
  expect(meter.read(calls).perCall).toMatchObject({ statements: 3, roundTrips: 4 });
});

it("counts the lines that the app's log got meanwhile", async () => {
  appendFileSync(logFile, `${JSON.stringify({ msg: "alive" })}\n`);
  meter.calling();
  await eachCall(async () =>
    appendFileSync(logFile, `${JSON.stringify({ msg: "ended" })}\n${JSON.stringify({ msg: "alive" })}\n`),
  );
  expect(meter.read(calls).perCall.logLines).toBe(1);
});
