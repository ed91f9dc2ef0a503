/** Who takes the calls that come in on a real Asterisk, and that it is one instance at a time, whatever dies. */
import type { Pool } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createInboundRole, type InboundRole } from "#asterisk/inbound-role.ts";
import type { IncomingCall } from "#call/incoming.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createInboundHolders } from "#postgres/inbound-holders.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Bench, connectTo, listen, startBench } from "./asterisk-bench.ts";

let bench: Bench;
let db: TestDatabase;
let pool: Pool;
const stop: (() => unknown)[] = [];
beforeAll(async () => {
  [bench, db] = await Promise.all([startBench(), createTestDatabase()]);
  pool = db.pool;
}, 120_000);
afterAll(async () => {
  for (const step of stop.splice(0).toReversed()) await step();
  await bench?.stop();
  await db?.drop();
});

interface Instance {
  owner: string;
  calls: IncomingCall[];
  role: InboundRole;
  /** Its sign of life ends, and its connections, but nobody is told. */
  die(): Promise<void>;
}

async function instance(): Promise<Instance> {
  const owner = newName("app");
  const { connection, telephone } = connectTo(bench.ivr, `hearback-${owner}`);
  const calls: IncomingCall[] = [];
  telephone.onIncoming((call) => calls.push(call));
  await connection.start();
  const holders = createInboundHolders(pool, owner);
  const links: ReturnType<typeof connectTo>["connection"][] = [];
  const node = {
    name: "asterisk",
    connection,
    connectAs: (app: string) => {
      const link = connectTo(bench.ivr, app);
      link.telephone.close();
      links.push(link.connection);
      return link.connection;
    },
  };
  const dead = { hold: () => new Promise<boolean>(() => {}), letGo: async () => {} };
  let alive = true;
  const role = createInboundRole({
    ...{ node, app: "hearback", clock, logger: silentLogger },
    holders: { hold: (...asked) => (alive ? holders : dead).hold(...asked), letGo: holders.letGo },
  });
  stop.push(
    () => connection.stop(),
    () => Promise.all(links.map((link) => link.stop())),
    () => telephone.close(),
  );
  role.start();
  const die = async () => {
    alive = false;
    await Promise.all([connection.stop(), ...links.map((link) => link.stop())]);
  };
  return { owner, calls, role, die };
}

const holder = async () => (await pool.query("select owner from housekeeping.inbound_holder")).rows[0]?.owner;
const apps = async () => (await fetchAri("applications")).map(({ name }) => name);
async function fetchAri(path: string): Promise<{ name: string }[]> {
  const { ariUrl, ariUser, ariPassword } = bench.ivr;
  const authorization = `Basic ${Buffer.from(`${ariUser}:${ariPassword}`).toString("base64")}`;
  const answer = await fetch(`${ariUrl}/ari/${path}`, { headers: { authorization } });
  return (await answer.json()) as { name: string }[];
}

it("is one instance, then another when that one dies, and each call stays with whoever took it", async () => {
  const first = await instance();
  await expect.poll(apps).toContain("hearback");
  const second = await instance();
  expect(await holder()).toBe(first.owner);
  await bench.carrier.ring("patient-1");
  await expect.poll(() => first.calls.length, { timeout: 10_000 }).toBe(1);
  expect(first.calls[0]).toMatchObject({ from: "+447700900081", to: "+441632960000" });
  const line = first.calls[0]!.answer();
  // The role changes hands, and the call does not.
  await first.role.stop();
  await expect.poll(holder, { timeout: 10_000 }).toBe(second.owner);
  await expect.poll(apps).toContain("hearback");
  await bench.carrier.ring("patient-2");
  await expect.poll(() => second.calls.length, { timeout: 10_000 }).toBe(1);
  expect(first.calls).toHaveLength(1);
  expect(second.calls.map(({ from }) => from)).toEqual(["+447700900082"]);
  line.hangUp();
  const untilEnd = await listen(line, 10_000);
  expect(untilEnd.at(-1)).toMatchObject({ kind: "hung-up" });
  second.calls[0]!.engaged();
  // Death: nobody lets go, and the lease runs out.
  const third = await instance();
  const diedAt = performance.now();
  await second.die();
  await expect.poll(holder, { timeout: 10_000, interval: 50 }).toBe(third.owner);
  await expect.poll(apps, { interval: 50 }).toContain("hearback");
  console.log(`the role was taken up ${Math.round(performance.now() - diedAt)} ms after a death`);
  await bench.carrier.ring("patient-1");
  await expect.poll(() => third.calls.length, { timeout: 10_000 }).toBe(1);
  third.calls[0]!.apologise();
}, 90_000);
