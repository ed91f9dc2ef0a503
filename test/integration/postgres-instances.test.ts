/** Who is taken for dead, and by whom: on a real Postgres, with real connections that are cut. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "#lib/clock.ts";
import type { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createInstanceLease, type InstanceLease } from "#postgres/instance-lease.ts";
import { usualLease } from "#postgres/instances.ts";
import type { PostgresLedger } from "#postgres/ledger.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { patient } from "../support/patient.ts";
import { begin, dialAgain, newLedger, runningCampaign, visit } from "../support/survey.ts";

let db: TestDatabase;
const alive: InstanceLease[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  for (const lease of alive) await lease.stop();
  await db?.drop();
});

/** Ages are backdated, and judged by the real clock: so long that a machine that stands still changes no judgement. */
const generous = { leaseMs: 50_000, silentMs: 12_000 };

/** An instance with a call; it has been steady for years. */
async function withCall(different: { app?: string } = {}) {
  const ledger = newLedger(db.pool, {
    owner: newName("holder"),
    ...generous,
    ...different,
  });
  await ledger.renewLeases();
  const campaign = await runningCampaign(db.pool, [visit()]);
  const attempt = await dialAgain(ledger, campaign);
  return { ledger, attempt };
}

async function judge(
  different: { silentMs?: number; steadyMs?: number; watchMs?: number; onlyInstance?: boolean } = {},
): Promise<PostgresLedger> {
  const ledger = newLedger(db.pool, {
    owner: newName("judge"),
    ...generous,
    ...different,
  });
  await ledger.renewLeases();
  return ledger;
}

/** As if its last renewal had been so long ago. */
const silentSince = ({ lease }: PostgresLedger, ms: number) =>
  db.pool.query(
    `update housekeeping.instance set renewed_at = clock_timestamp() - $2 * interval '1 ms',
       alive_until = clock_timestamp() + ($3 - $2) * interval '1 ms' where owner = $1`,
    [lease.owner, ms, lease.leaseMs],
  );

const lockOf = async (ledger: PostgresLedger): Promise<InstanceLease> => {
  const replaced = (because: AppError) => void told.set(ledger.lease.owner, because.code);
  const parts = {
    url: db.url,
    lease: ledger.lease,
    clock: systemClock,
    logger: silentLogger,
    onReplaced: replaced,
  };
  const lease = createInstanceLease(parts);
  await lease.start();
  alive.push(lease);
  return lease;
};
const told = new Map<string, string>();

/** The lock as a frozen process holds it: nobody renews. */
async function lockHeldBy({ lease }: PostgresLedger) {
  const holder = await db.pool.connect();
  await holder.query("select pg_advisory_lock(hashtextextended('hearback instance ' || $1, 0))", [
    lease.owner,
  ]);
  return holder;
}

/** It has renewed without a gap for a minute. */
const sinceLong = ({ lease }: PostgresLedger) =>
  db.pool.query(
    "update housekeeping.instance set steady_since = clock_timestamp() - interval '1 minute' where owner = $1",
    [lease.owner],
  );

/** Whoever renewed a second ago or more judges nobody: it tries anew, as in life, where the machine stood still. */
const takes = (ledger: PostgresLedger, id: string, again: () => Promise<unknown> = async () => {}) =>
  vi.waitFor(async () => {
    await ledger.renewLeases();
    await again();
    const taken = (await ledger.takeOverAbandoned()).find((one) => one.id === id);
    expect(taken, "it is taken").toBeDefined();
    return taken;
  }, patient);

const takenBy = async (ledger: PostgresLedger) => (await ledger.takeOverAbandoned()).map(({ id }) => id);

/** Ends the connection that holds this instance's lock, as a network or an administrator would. */
const cutLock = (ledger: PostgresLedger) =>
  db.pool.query(
    `select pg_terminate_backend(l.pid) from pg_locks l
     where l.locktype = 'advisory' and l.objsubid = 1
       and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('hearback instance ' || $1, 0)`,
    [ledger.lease.owner],
  );

describe("an instance", () => {
  it("that was killed is dead once it has been silent for longer than it may: its lock is free", async () => {
    const { ledger, attempt } = await withCall();
    const other = await judge();
    await silentSince(ledger, 4_000);
    expect(await takenBy(other), "a renewal may be late").not.toContain(attempt.id);
    await silentSince(ledger, 13_000);
    await takes(other, attempt.id);
    await expect(ledger.renewLeases(), "and never comes back").rejects.toMatchObject({
      code: "instance_replaced",
    });
  });

  it("that holds its lock is alive, however busy, until its lease ends", async () => {
    const { ledger, attempt } = await withCall();
    const lease = await lockOf(ledger);
    const other = await judge();
    await silentSince(ledger, 30_000);
    expect(await takenBy(other)).not.toContain(attempt.id);
    await lease.stop();
  });

  it("that is frozen is dead when its lease has ended, though it holds its lock", async () => {
    const { ledger, attempt } = await withCall();
    const frozen = await lockHeldBy(ledger);
    try {
      const other = await judge({ watchMs: 5_000 });
      await sinceLong(other);
      await silentSince(ledger, 30_000);
      expect(await takenBy(other)).not.toContain(attempt.id);
      await silentSince(ledger, 50_100);
      await takes(other, attempt.id, () => sinceLong(other));
    } finally {
      frozen.release(true);
    }
  });

  it("whose lock's connection was cut, but which goes on renewing, is alive, and takes the lock again", async () => {
    const { ledger, attempt } = await withCall();
    await lockOf(ledger);
    await cutLock(ledger);
    const other = await judge();
    expect(await takenBy(other)).not.toContain(attempt.id);
    const lockHeld = async () => {
      const sql = "select pg_try_advisory_xact_lock(hashtextextended('hearback instance ' || $1, 0)) as free";
      return !(await db.pool.query(sql, [ledger.lease.owner])).rows[0].free;
    };
    await expect.poll(lockHeld, { timeout: 10_000 }).toBe(true);
    expect(await takenBy(other)).not.toContain(attempt.id);
  });

  it("that ends in order leaves what it leaves to others at once", async () => {
    const { ledger, attempt } = await withCall();
    await (await lockOf(ledger)).stop();
    // Even to one that may judge nobody.
    expect(await takenBy(await judge({ steadyMs: 60_000 }))).toContain(attempt.id);
  });

  it("that is declared dead hears it at its next renewal", async () => {
    const { ledger } = await withCall();
    await lockOf(ledger);
    await db.pool.query("update housekeeping.instance set dead_at = now() where owner = $1", [
      ledger.lease.owner,
    ]);
    await expect.poll(() => told.get(ledger.lease.owner), { timeout: 10_000 }).toBe("instance_replaced");
  });
});

describe("an instance whose lease cannot be renewed", () => {
  it("says so when that begins or changes, and once a minute while it lasts", async () => {
    const { lease } = await judge();
    const said: string[] = [];
    const say = (_fields: object, message: string) => void said.push(message);
    const logger = { ...silentLogger, error: say, info: say };
    let nowMs = 0;
    let renewals = 0;
    let until = 0;
    const clock = {
      now: () => new Date(nowMs),
      monotonicMs: () => nowMs,
      wait: async (ms: number, signal?: AbortSignal) => {
        nowMs += ms;
        renewals += 1;
        while (renewals > until) await systemClock.wait(1, signal);
      },
    };
    const ours = createInstanceLease({ url: db.url, lease, clock, logger, onReplaced: () => {} });
    await ours.start();
    alive.push(ours);
    const dead = (isDead: boolean) =>
      db.pool.query(
        "update housekeeping.instance set dead_at = case when $2 then now() end where owner = $1",
        [lease.owner, isDead],
      );
    const renewed = (times: number) => {
      until = renewals + times;
      return expect.poll(() => renewals, { timeout: 10_000 }).toBe(until + 1);
    };
    await dead(true);
    await renewed(130);
    const lost = "our lease could not be renewed";
    expect(said).toEqual([lost, lost]);
    await dead(false);
    await renewed(5);
    await dead(true);
    await renewed(5);
    expect(said).toEqual([lost, lost, "our lease is renewed again", lost]);
  });
});

describe("a judge", () => {
  it("that just came, or comes back after the database was away, judges nobody", async () => {
    const { ledger, attempt } = await withCall();
    await silentSince(ledger, 60_000);
    const fresh = await judge({ steadyMs: 60_000 });
    expect(await takenBy(fresh)).not.toContain(attempt.id);
    const since = (ms: number) =>
      db.pool.query(
        "update housekeeping.instance set steady_since = clock_timestamp() - $2 * interval '1 ms' where owner = $1",
        [fresh.lease.owner, ms],
      );
    await since(61_000);
    // Nobody's renewals came through for a while, ours neither.
    await db.pool.query(
      "update housekeeping.instance set renewed_at = clock_timestamp() - interval '3 s' where owner = $1",
      [fresh.lease.owner],
    );
    await fresh.renewLeases();
    expect(await takenBy(fresh)).not.toContain(attempt.id);
    await takes(fresh, attempt.id, () => since(61_000));
  });

  it("sees as a gap of its own whatever makes the living look silent", async () => {
    const { ledger, attempt } = await withCall();
    const fresh = await judge({ silentMs: usualLease.silentMs, steadyMs: 5_000 });
    // The database was away for all; they had renewed half a second before it went, we just before.
    await silentSince(ledger, usualLease.silentMs + 10);
    await db.pool.query(
      `update housekeeping.instance set renewed_at = clock_timestamp() - $2 * interval '1 ms',
         steady_since = clock_timestamp() - interval '1 minute' where owner = $1`,
      [fresh.lease.owner, usualLease.silentMs + 10 - 500],
    );
    await fresh.renewLeases();
    expect(await takenBy(fresh)).not.toContain(attempt.id);
  });

  it("that stood still itself, with all the machine, judges by none of that time", async () => {
    const { ledger, attempt } = await withCall();
    // Frozen, not killed: the connection that holds its lock is there, and both were last heard of together.
    const frozen = await lockHeldBy(ledger);
    try {
      const woken = await judge({ ...usualLease, watchMs: generous.leaseMs });
      const steadySince = (ms: number) =>
        db.pool.query(
          "update housekeeping.instance set steady_since = clock_timestamp() - $2 * interval '1 ms' where owner = $1",
          [woken.lease.owner, ms],
        );
      await steadySince(60_000);
      await db.pool.query(
        "update housekeeping.instance set renewed_at = clock_timestamp() - interval '2 s' where owner = $1",
        [woken.lease.owner],
      );
      await silentSince(ledger, 52_000);
      expect(await takenBy(woken), "its own renewal is late as well").not.toContain(attempt.id);
      await woken.renewLeases();
      await steadySince(30_000);
      expect(await takenBy(woken), "it has watched for less than a lease").not.toContain(attempt.id);
      await takes(woken, attempt.id, () => steadySince(52_000));
    } finally {
      frozen.release(true);
    }
  });

  it("that is dead itself takes nothing", async () => {
    const { ledger } = await withCall();
    const dead = await judge();
    await db.pool.query("update housekeeping.instance set dead_at = now() where owner = $1", [
      dead.lease.owner,
    ]);
    await silentSince(ledger, 60_000);
    await expect(dead.takeOverAbandoned()).rejects.toMatchObject({ code: "instance_replaced" });
  });

  it("gets what it needs to go on with the call, also where it changes hands twice", async () => {
    const { ledger, attempt } = await withCall({ app: "hearback-of-the-first" });
    await begin(db.pool, attempt);
    await silentSince(ledger, 20_000);
    const second = newLedger(db.pool, {
      owner: newName("second"),
      app: "another",
      ...generous,
    });
    const taken = await takes(second, attempt.id);
    expect(taken).toMatchObject({
      ...{ state: "live", app: "hearback-of-the-first", channelId: `hb-${attempt.id}` },
      call: { sequence: 0, flowState: { step: "greeting" }, partsBegun: [] },
    });
    expect(taken!.silentMs).toBeGreaterThan(19_900);
    await silentSince(second, 20_000);
    const again = await takes(await judge(), attempt.id);
    expect(again, "the channel still lives where it was dialled").toMatchObject({
      app: "hearback-of-the-first",
    });
    const { rows } = await db.pool.query("select takeovers from attempt where id = $1", [attempt.id]);
    expect(rows).toEqual([{ takeovers: 2 }]);
  });
});
