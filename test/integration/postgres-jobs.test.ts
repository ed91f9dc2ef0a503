import type { Pool } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { newId, newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import {
  createJobRunner,
  hastenKeepStories,
  type JobRunner,
  type JobTasks,
  queueKeepStory,
  queueKeepStoryAgain,
  queueTranscription,
} from "#postgres/jobs.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { patient } from "../support/patient.ts";
import { begin, dialled, newLedger } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await createTestDatabase({ maxConnections: 20 });
  pool = db.pool;
});
afterAll(() => db.drop());

const running: JobRunner[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.stop().catch(() => {})));
});

async function start(
  tasks: JobTasks,
  options: { owner?: string; onlyInstance?: boolean } = {},
): Promise<JobRunner> {
  const settings = { concurrency: 2, owner: newName("test"), logger: silentLogger, ...options };
  const runner = await createJobRunner(pool, tasks, settings);
  running.push(runner);
  return { ...runner, stop: () => running.splice(running.indexOf(runner), 1)[0]!.stop() };
}
const jobs = async () => (await pool.query("select key, locked_by, attempts from graphile_worker.jobs")).rows;
/** The queue does not wait for its own last statement, by which a done job goes: closing the pool does. */
const gone = () => vi.waitFor(async () => expect(await jobs()).toEqual([]), { ...patient, interval: 5 });

describe("jobs", () => {
  it("are queued once, run soon, and are gone", async () => {
    const callId = newId();
    const kept: string[] = [];
    await queueKeepStory(pool, callId);
    await queueKeepStory(pool, callId);
    const runner = await start({ "keep-story": async (payload) => void kept.push(payload.callId) });
    await vi.waitFor(() => expect(kept).toEqual([callId]), patient);
    // Whoever looked for jobs now and then only would need 2 s for each; the machine stands still for some of them at most.
    const tookMs: number[] = [];
    while (tookMs.length < 4) {
      const later = newId();
      const queued = performance.now();
      await queueKeepStory(pool, later);
      await vi.waitFor(() => expect(kept.at(-1)).toBe(later), { ...patient, interval: 5 });
      tookMs.push(performance.now() - queued);
    }
    expect(Math.min(...tookMs)).toBeLessThan(1000);
    await runner.stop();
    await gone();
  });

  it("are not there when their transaction is not", async () => {
    const failing = inTransaction(pool, async (tx) => {
      await queueTranscription(tx, newId());
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await jobs()).toEqual([]);
  });

  it("that fail are tried again", async () => {
    const storyId = newId();
    const runner = await start({ transcribe: () => Promise.reject(new Error("engine away")) });
    await queueTranscription(pool, storyId);
    const failed = { key: `transcribe:${storyId}`, locked_by: null, attempts: 1 };
    await vi.waitFor(async () => expect(await jobs()).toEqual([failed]), patient);
    let runs = 0;
    await runner.stop();
    await pool.query("update graphile_worker._private_jobs set run_at = now()");
    const second = await start({ transcribe: async () => void runs++ });
    await vi.waitFor(() => expect(runs).toBe(1), patient);
    await second.stop();
  });

  it("of a process that is no more are given to the next; those of a living one are not", async () => {
    const living = newName("living");
    await newLedger(pool, { owner: living }).renewLeases();
    const [theirs, lost] = [newId(), newId()];
    await queueKeepStory(pool, theirs);
    await queueKeepStory(pool, lost);
    await pool.query("insert into housekeeping.job_pool values ('pool-1', $1), ('pool-2', 'dead')", [living]);
    const lock = (id: string, workers: string) =>
      pool.query(
        "update graphile_worker._private_jobs set locked_by = $2, locked_at = now() - interval '1 min' where key = $1",
        [`keep-story:${id}`, workers],
      );
    await lock(theirs, "pool-1");
    await lock(lost, "pool-2");
    const kept: string[] = [];
    const keep: JobTasks = { "keep-story": async ({ callId }) => void kept.push(callId) };
    const runner = await start(keep);
    await vi.waitFor(() => expect(kept).toEqual([lost]), patient);
    await runner.stop();
    const only = await start(keep, { onlyInstance: true });
    await vi.waitFor(() => expect(kept).toEqual([lost, theirs]), patient);
    await only.stop();
  });

  it("that keep stories are due at once when the Asterisk of their calls is back, and those of another are not", async () => {
    const { attempt } = await dialled(pool); // by the node "asterisk"
    const theirs = await begin(pool, attempt);
    await queueKeepStory(pool, theirs);
    await pool.query(
      "update graphile_worker._private_jobs set attempts = 8, run_at = now() + interval '50 minutes' where key = $1",
      [`keep-story:${theirs}`],
    );
    const kept: string[] = [];
    const runner = await start({ "keep-story": async ({ callId }) => void kept.push(callId) });
    expect(await hastenKeepStories(pool, "another")).toBe(0);
    expect(await jobs()).toMatchObject([{ attempts: 8 }]);
    expect(await hastenKeepStories(pool, "asterisk")).toBe(1);
    await vi.waitFor(() => expect(kept).toEqual([theirs]), { timeout: 10_000 });
    await runner.stop();
    await gone();
  });

  it("whose files may still grow are put back with what was seen of them, and nobody hastens them", async () => {
    const { attempt } = await dialled(pool);
    const callId = await begin(pool, attempt);
    const looked = { "hb-told-1-1": { bytes: 16_000, times: 1 } };
    const kept: unknown[] = [];
    const runner = await start({
      "keep-story": async (payload) => {
        kept.push(payload);
        if (!payload.looked) await queueKeepStoryAgain(pool, { callId, looked }, 60_000);
      },
    });
    await queueKeepStory(pool, callId);
    // Once the first is done, and its place is free for others'.
    const later = "select key, locked_by, run_at > now() as later from graphile_worker.jobs";
    const putBack = [{ key: `keep-story:${callId}`, locked_by: null, later: true }];
    await vi.waitFor(async () => expect((await pool.query(later)).rows).toEqual(putBack), patient);
    expect(await hastenKeepStories(pool, "asterisk")).toBe(0);
    const soon =
      "select graphile_worker.reschedule_jobs(array_agg(id), run_at => now()) from graphile_worker.jobs";
    await pool.query(soon);
    await vi.waitFor(() => expect(kept).toEqual([{ callId }, { callId, looked }]), patient);
    await runner.stop();
    await gone();
  });

  it("are known to be their instance's, and end before it stops", async () => {
    const owner = newName("named");
    const [begun, working] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const keep = () => {
      begun.resolve();
      return working.promise;
    };
    const runner = await start({ "keep-story": keep }, { owner });
    await queueKeepStory(pool, newId());
    await begun.promise; // one that is only locked by then would go back into the queue
    const lockedBy = `select p.owner from graphile_worker.jobs j join housekeeping.job_pool p on p.pool_id = j.locked_by`;
    await vi.waitFor(async () => expect((await pool.query(lockedBy)).rows).toEqual([{ owner }]), patient);
    const stopped = runner.stop();
    working.resolve();
    await stopped;
    await gone();
  });
});
