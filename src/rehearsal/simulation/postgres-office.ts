/**
 * The real ledger on a real Postgres whose clock is pretend: functions of ours by the names of Postgres's own stand in
 * front of them in the search path, before any migration is run, so that defaults and functions are bound to them too.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { campaignById, createCampaign, pauseCampaign, startCampaign } from "#postgres/campaigns.ts";
import { createLedger } from "#postgres/ledger.ts";
import { migrate } from "#postgres/migrate.ts";
import { addOptOut } from "#postgres/opt-outs.ts";
import { createPool } from "#postgres/pool.ts";
import { createPromiseBook } from "#postgres/promise-book.ts";
import { resumeAll, stopAll } from "#postgres/stop-switch.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { moveVisit } from "#postgres/visit-desk.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { startPostgres } from "../postgres.ts";
import type { Office, Standing, StandingVisit } from "./office.ts";
import type { PretendTime } from "./pretend-time.ts";

const ciphers = createCiphers(Buffer.alloc(32, 7));

/** "hearback.now" is a setting of the session: without it nothing of time can be asked. */
const PRETEND_CLOCK = ["clock_timestamp", "statement_timestamp", "transaction_timestamp", "now"]
  .map(
    (name) => `create function public.${name}() returns timestamptz language sql
      ${name === "clock_timestamp" ? "volatile" : "stable"} as $$ select current_setting('hearback.now')::timestamptz $$;`,
  )
  .join("\n");

export interface PostgresOffices {
  /** A database of its own for each world. */
  open(time: PretendTime): Promise<Office>;
  close(): Promise<void>;
}

export async function openPostgresOffices(): Promise<PostgresOffices> {
  const dir = mkdtempSync(join(tmpdir(), "hearback-simulate-"));
  // Months pass in minutes: what is to be done once a minute comes as much sooner.
  const settings = { autovacuum_naptime: "2s" };
  const server = await startPostgres({ dir, durable: false, settings });
  const opened = await createOfficesAt(server.url);
  return {
    open: opened.open,
    close: async () => {
      await opened.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** On a server that is there already, such as a test run's. */
export async function createOfficesAt(serverUrl: string): Promise<PostgresOffices> {
  const ours = { applicationName: "hearback simulate", logger: silentLogger };
  const server = createPool({ ...ours, url: serverUrl, as: "owner" });
  const ends: (() => Promise<void>)[] = [];
  return {
    open: async (time) => {
      const name = newName("simulated").replace("-", "_");
      await server.query(`create database ${name} template template0`);
      await server.query(`alter database ${name} set search_path = public, pg_catalog`);
      await server.query(`alter database ${name} set hearback.now = '${new Date(time.nowMs).toISOString()}'`);
      const url = new URL(serverUrl);
      url.pathname = `/${name}`;
      const of = { ...ours, url: url.href };
      const first = createPool({ ...of, as: "owner" });
      await first.query(PRETEND_CLOCK);
      await migrate(first);
      await first.end();
      // One connection, whose session holds the pretend time.
      const pool = createPool({ ...of, maxConnections: 1 });
      ends.push(async () => {
        await pool.end();
        await server.query(`drop database ${name} with (force)`);
      });
      return officeOn(pool, () => new Date(time.nowMs));
    },
    close: async () => {
      for (const end of ends) await end();
      await server.end();
    },
  };
}

/** @param now what the database's clock is to say */
export function officeOn(pool: Pool, now: () => Date): Office {
  const setClock = clockOf(pool, now);
  const office: Office = {
    ledger: (owner, leaseMs) =>
      timed(setClock, createLedger(pool, { owner, leaseMs, ciphers, ...byLeaseAlone(leaseMs) })),
    calls: timed(setClock, createCallLog(pool)),
    promises: timed(setClock, createPromiseBook(pool)),
    create: async (campaign) => {
      await createCampaign(pool, campaign);
      return startCampaign(pool, campaign.name);
    },
    campaign: (id) => campaignById(pool, id),
    move: async ({ name }, to) => void (await (to === "paused" ? pauseCampaign : startCampaign)(pool, name)),
    add: (campaignId, visits) =>
      createVisitLists(pool, ciphers).withImport(campaignId, (sink) => sink.addVisits(visits)),
    idsOf: async (campaignId, refs) => {
      const { rows } = await pool.query(
        "select visit_ref, id from visit where campaign_id = $1 and visit_ref = any($2)",
        [campaignId, refs],
      );
      return new Map(rows.map((row) => [row.visit_ref, row.id]));
    },
    optOut: async (phone) =>
      void (await addOptOut(pool, ciphers, { who: { phone }, trust: "RXX", unit: "all" })),
    moveVisit: (id, how) => moved(inTransaction(pool, (tx) => moveVisit(tx, id, how, "simulation"))),
    stopAll: async (stopped) => {
      if (stopped) await stopAll(pool, { by: "simulation", because: "simulated" });
      else await resumeAll(pool, { by: "simulation" });
    },
    standing: () => standing(pool),
  };
  const { ledger, calls, promises, ...others } = office;
  return { ledger, calls, promises, ...timed(setClock, others) };
}

/** Sets the session's time, where it is not that already. */
function clockOf(pool: Pool, now: () => Date): () => Promise<void> {
  let [setMs, set] = [Number.NaN, Promise.resolve()];
  return () => {
    const instant = now();
    if (instant.getTime() !== setMs) {
      setMs = instant.getTime();
      const values = [instant.toISOString()];
      const sql = { name: "set-clock", text: "select set_config('hearback.now', $1, false)", values };
      set = pool.query(sql).then(() => {});
    }
    return set;
  };
}

/** No pretend process holds the lock that a real one frees by dying, nor renews every half second: the lease decides. */
const byLeaseAlone = (leaseMs: number) => ({ silentMs: leaseMs, steadyMs: 0, watchMs: 0 });

/** Each of its methods sets the database's clock before it does anything. */
function timed<T extends object>(setClock: () => Promise<unknown>, of: T): T {
  return new Proxy(of, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...values: unknown[]) => Promise<unknown>;
      if (typeof method !== "function") return method;
      return async (...values: unknown[]) => {
        await setClock();
        return method.apply(target, values);
      };
    },
  });
}

const moved = (move: Promise<unknown>): Promise<boolean> =>
  move.then(
    () => true,
    (thrown) => {
      if (thrown instanceof AppError && /^visit_(status|being_called)$/.test(thrown.code)) return false;
      throw thrown;
    },
  );

async function standing(pool: Pool): Promise<Standing> {
  const visits = await pool.query<StandingVisit>(
    `select id, visit_ref as "visitRef", campaign_id as "campaignId", status, disposition, attempts,
       extract(epoch from not_before)::float8 * 1000 as "notBeforeMs" from visit`,
  );
  const promises = await pool.query<Standing["promises"][number]>(
    `select visit_id as "visitId", extract(epoch from due)::float8 * 1000 as "dueMs", state from callback`,
  );
  const open = await pool.query<Standing["open"][number]>(
    `select id, visit_id as "visitId", state from attempt where state in ('intent', 'dialing', 'live')`,
  );
  return { visits: visits.rows, promises: promises.rows, open: open.rows };
}
