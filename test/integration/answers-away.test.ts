/** A database that is killed, frozen, or back too late: no answer is lost, in whatever order they come to it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildAnswers } from "#app-answers.ts";
import type { CallStep, NewCall } from "#call/ports.ts";
import { takeOver } from "#campaign/take-over.ts";
import type { Effect } from "#flow/state.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger as logger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { campaignById } from "#postgres/campaigns.ts";
import { createErasureRows } from "#postgres/erase-story.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { createStoryRows } from "#postgres/stories.ts";
import { createTranscriptRows } from "#postgres/transcripts.ts";
import { removeErased } from "#recording/erase-story.ts";
import { keepStoriesOfCall, storyKey } from "#recording/keep-story.ts";
import { type RehearsalPostgres, startPostgres } from "#rehearsal/postgres.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import { processesOf } from "../support/freeze.ts";
import {
  ciphers,
  dialAgain,
  ending,
  flowState,
  newLedger,
  runningCampaign,
  visit,
} from "../support/survey.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-away-"));
let postgres: RehearsalPostgres;
let pool: Pool;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  // To itself: it is killed and frozen. Durable, since what it acknowledged must outlive it.
  postgres = await startPostgres({ dir: join(folder, "postgres"), durable: true });
  pool = createPool({ url: postgres.url, applicationName: "hearback test", as: "owner", logger });
  await migrate(pool);
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});
afterAll(async () => {
  await pool?.end();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const query = async (sql: string, ...values: unknown[]) => (await pool.query(sql, values)).rows;

/** One process with its spool. `reaches`: its answers get to the database. */
async function processWith({ watching = false, reaches = true, spool = newName("spool") } = {}) {
  const owner = newName("test");
  const ledger = newLedger(pool, { owner, onlyInstance: true });
  const spoolFolder = join(folder, spool);
  const databaseUrl = reaches ? postgres.url : "postgres://localhost/none?host=/nowhere";
  const settings = { databaseUrl, spoolFolder, storyFolder: folder };
  const answers = await buildAnswers({ settings, owner, ciphers, ledger, logger });
  if (watching) answers.writes.start();
  let ended = false;
  const die = async () => {
    if (ended) return;
    ended = true;
    // As good as dead: whatever it has not replayed by now is another's.
    await answers.writes.stop();
    await answers.close();
  };
  undo.push(die);
  const spoolFiles = () => readdirSync(spoolFolder);
  const campaign = (id: string) => campaignById(pool, id);
  /** What every process does when it starts, and again and again. */
  const settle = async () => {
    await answers.replayLeftBehind({ campaign, onlyInstance: true });
    await takeOver({ ledger, callLog: answers.log, campaign, clock, log: logger });
  };
  return { owner, ledger, answers, writes: answers.writes, die, spool, spoolFiles, settle, campaign };
}
type Process = Awaited<ReturnType<typeof processWith>>;

/** A call that was answered; each key is the next step. */
async function call({ ledger, writes }: Process, of = visit()) {
  const campaign = await runningCampaign(pool, [of]);
  const attempt = await dialAgain(ledger, campaign);
  let sequence = 0;
  const press = (digit: string, effects: Effect[] = [], state: object = {}) => {
    sequence += 1;
    const key = { digit, step: "question", pressedAt: new Date() };
    const step: CallStep = { callId: attempt.id, sequence, key, state: flowState(state), effects };
    return writes.log.keep(step);
  };
  const answered = (): NewCall => ({
    ...{ id: attempt.id, attemptId: attempt.id, flow: "fft", flowVersion: "0".repeat(64), release: null },
    ...{ answeredAt: new Date(), state: flowState() },
  });
  const answer = () => writes.log.begin(answered());
  return { id: attempt.id, attempt, campaign, answered, answer, press };
}

const rate = (rating: number): [string, Effect[], object] => [
  String(rating),
  [{ kind: "answer", name: "rating", value: rating }],
  { step: "story", answers: { rating } },
];
const rated = (rating: number) => rate(rating)[2];

const kill = async () => {
  process.kill(postgres.pid, "SIGKILL");
  await postgres.exited;
};
const signal = (name: NodeJS.Signals) => {
  for (const pid of processesOf(postgres.pid)) process.kill(pid, name);
};

const keysOf = async (callId: string) =>
  (await query("select digit from key_press where call_id = $1 order by sequence", callId)).map(
    (row) => row.digit,
  );
const callOf = async (id: string) =>
  (await query("select rating, disposition, ended_by, sequence from call where id = $1", id))[0];
const standingOf = async (attemptId: string) =>
  (
    await query(
      `select a.state, a.disposition, a.counts, v.status, v.disposition as "visitDisposition", v.attempts, v.tried
       from attempt a join visit v on v.id = a.visit_id where a.id = $1`,
      attemptId,
    )
  )[0];

describe.each(["killed", "frozen"] as const)("a database that is %s", (how) => {
  it("loses no key, no ending and no part, and gets all of it when it is back", async () => {
    const ours = await processWith({ watching: true });
    const before = await call(ours);
    await before.answer();
    await before.press("1", [], { step: "confirmed" });
    const after = await call(ours);
    if (how === "killed") await kill();
    else signal("SIGSTOP");
    const began = performance.now();
    await before.press(...rate(2));
    const firstMs = performance.now() - began;
    await after.answer();
    await after.press("9", [{ kind: "opt-out" }], { marks: ["opted-out"] });
    await ours.writes.log.partBegun({ callId: before.id, name: `${before.id}-1-1`, take: 1, part: 1 });
    await ours.writes.log.partEnded({ name: `${before.id}-1-1`, durationMs: 5_000, speechMs: 4_000 });
    const laterMs = performance.now() - began - firstMs;
    await ours.writes.log.end({ id: after.id, disposition: "opted_out", endedBy: "us", machine: null });
    await ours.writes.endAttempt(after.attempt, ending({ disposition: "opted_out" }));
    expect(ours.writes.whyNot()).toMatch(/database is away/);
    expect(ours.spoolFiles()).toHaveLength(1);
    console.log(
      `${how}: the first key ${Math.round(firstMs)} ms, four further writes ${Math.round(laterMs)} ms`,
    );
    // Whoever waits for the database, which is away still, waits 5 s; of the half second tells durable-writes.test.ts.
    expect(firstMs, "the first key does not wait for the database").toBeLessThan(5_000);
    expect(laterMs, "nor do four further writes").toBeLessThan(5_000);

    if (how === "killed") await postgres.restart();
    else signal("SIGCONT");
    await expect.poll(ours.writes.whyNot.bind(ours.writes), { timeout: 10_000 }).toBeNull();
    await expect.poll(ours.spoolFiles).toEqual([]);
    expect(await keysOf(before.id)).toEqual(["1", "2"]);
    expect(await callOf(before.id)).toMatchObject({ rating: 2, disposition: null, sequence: 2 });
    expect(await query("select state from recording where call_id = $1", before.id)).toEqual([
      { state: "ended" },
    ]);
    expect(await keysOf(after.id)).toEqual(["9"]);
    expect(await callOf(after.id)).toMatchObject({ disposition: "opted_out", ended_by: "us" });
    expect(await standingOf(after.id)).toMatchObject({
      state: "ended",
      disposition: "opted_out",
      status: "done",
    });
    expect(await query("select scope, source from opt_out where call_id = $1", after.id)).toEqual([
      { scope: "number", source: "key" },
    ]);
    await before.press("3", [], rated(2));
    // By way of the spool where the machine stood still for half a second.
    await expect
      .poll(() => keysOf(before.id), { message: "goes on in the database" })
      .toEqual(["1", "2", "3"]);
  });
});

describe("a spool that a crash left behind", () => {
  /** Spools what `say` says, and dies with it. */
  async function crashed(
    say: (on: Awaited<ReturnType<typeof call>>, by: Process) => Promise<void>,
    begun = true,
  ) {
    const dead = await processWith({ reaches: false });
    const on = await call(dead);
    if (begun) await createCallLog(pool).begin(on.answered());
    await say(on, dead);
    expect(dead.spoolFiles()).toHaveLength(1);
    await dead.die();
    return { on, dead };
  }

  it("is replayed before its calls are settled", async () => {
    const { on, dead } = await crashed(async ({ press }) => press(...rate(4)));
    const next = await processWith({ spool: dead.spool });
    await next.settle();
    expect(await standingOf(on.id)).toMatchObject({
      disposition: "partial",
      status: "done",
      attempts: 1,
      tried: 1,
    });
    expect(await callOf(on.id)).toMatchObject({ rating: 4, disposition: "partial", ended_by: "fault" });
    expect(next.spoolFiles()).toEqual([]);
  });

  it("still wins where others settled its calls before, knowing less", async () => {
    const { on, dead } = await crashed(async ({ press }) => {
      await press(...rate(4));
      await press("9", [{ kind: "opt-out" }], { ...rated(4), marks: ["opted-out"] });
    });
    const elsewhere = await processWith();
    await elsewhere.settle();
    expect(await standingOf(on.id)).toMatchObject({ disposition: "interrupted", attempts: 1 });
    const next = await processWith({ spool: dead.spool });
    for (const _ of ["once", "and again"]) {
      await next.settle();
      expect(await standingOf(on.id)).toMatchObject({
        ...{ state: "ended", disposition: "opted_out", counts: true },
        ...{ status: "done", visitDisposition: "opted_out", attempts: 1, tried: 1 },
      });
    }
    expect(await keysOf(on.id)).toEqual(["4", "9"]);
    expect(await callOf(on.id)).toMatchObject({ rating: 4, disposition: "opted_out" });
    expect(await query("select scope from opt_out where call_id = $1", on.id)).toEqual([{ scope: "number" }]);
  });

  it("tells of a call that others took for one that nobody knows of", async () => {
    const { on, dead } = await crashed(async ({ answer, press }) => {
      await answer();
      await press(...rate(1));
    }, false);
    await (await processWith()).settle();
    expect(await standingOf(on.id)).toMatchObject({ state: "unknown", disposition: "unknown" });
    await (await processWith({ spool: dead.spool })).settle();
    expect(await standingOf(on.id)).toMatchObject({
      state: "ended",
      disposition: "partial",
      attempts: 1,
      tried: 1,
    });
    expect(await callOf(on.id)).toMatchObject({ rating: 1, disposition: "partial" });
  });

  it("has the true ending, with what follows from it", async () => {
    const due = new Date(Date.now() + 7_200_000);
    const { on, dead } = await crashed(async ({ id, attempt, press }, by) => {
      const callback = { at: due.toISOString() };
      await press("2", [{ kind: "callback", at: callback.at }], { callback });
      await by.writes.log.end({ id, disposition: "callback", endedBy: "us", machine: null });
      const follows = { kind: "callback", at: due, again: false } as const;
      await by.writes.endAttempt(attempt, ending({ disposition: "callback", follows }));
    });
    await (await processWith()).settle();
    await (await processWith({ spool: dead.spool })).settle();
    expect(await callOf(on.id)).toMatchObject({ disposition: "callback", ended_by: "us" });
    expect(
      await query("select status, next_reason, not_before from visit where id = $1", on.attempt.visitId),
    ).toEqual([{ status: "due", next_reason: "callback", not_before: due }]);
    expect(await query("select state, due from callback where visit_id = $1", on.attempt.visitId)).toEqual([
      { state: "promised", due },
    ]);
  });

  it("does not undo what has come since: another attempt, and keys of whoever took the call over", async () => {
    const { on, dead } = await crashed(async ({ press }) => {
      await press("9", [{ kind: "opt-out" }], { marks: ["opted-out"] });
    });
    const taker = await processWith();
    await createCallLog(pool).keep({
      ...{ callId: on.id, sequence: 1, effects: [], state: flowState({ step: "thanks" }) },
      key: { digit: "1", step: "question", pressedAt: new Date() },
    });
    await taker.settle();
    await query(
      "update visit set status = 'due', not_before = now() - interval '1 hour' where id = $1",
      on.attempt.visitId,
    );
    const again = await dialAgain(taker.ledger, on.campaign);
    await (await processWith({ spool: dead.spool })).answers.replayLeftBehind({
      ...{ campaign: taker.campaign, onlyInstance: true },
    });
    expect(await keysOf(on.id)).toEqual(["1", "9"]);
    expect(await query("select scope from opt_out where call_id = $1", on.id)).toEqual([{ scope: "number" }]);
    expect(await standingOf(again.id)).toMatchObject({ state: "dialing", status: "calling" });
  });

  it.each(["and nobody had the call since", "and another went on with the call"])(
    "takes away a story that was stored and written down before its deletion came, %s",
    async (then) => {
      const { on, dead } = await crashed(({ press }) =>
        press("3", [{ kind: "delete-story" }], { story: { ...flowState().story, take: 1 } }),
      );
      const goneOn = then.includes("another");
      const log = createCallLog(pool);
      const told = async (take: number) => {
        const part = { callId: on.id, name: `hb-${on.id}-${take}-1`, take, part: 1 };
        await log.partBegun(part);
        await log.partEnded({ name: part.name, durationMs: 5000, speechMs: 4000 });
      };
      const keep = (sequence: number, effects: Effect[]) =>
        log.keep({ callId: on.id, sequence, key: null, state: flowState(), effects });
      await told(1);
      if (goneOn) {
        await told(2);
        await keep(1, [{ kind: "keep-take", take: 2 }]);
      }
      await log.end({ id: on.id, disposition: "partial", endedBy: "fault", machine: null });
      const store = await createLocalStore(join(folder, newName("stories")));
      const stories = createStoryRows(pool, { transcribe: true });
      const spool = { read: async () => Buffer.alloc(40_000, 0x55), remove: async () => {} };
      const keeping = { spool, store, rows: stories, speechMs: () => 4000, logger };
      await keepStoriesOfCall(keeping, on.id);
      const [story, later] = await query(
        "select id, audio from story where call_id = $1 order by take",
        on.id,
      );
      await createTranscriptRows(pool).done(
        (later ?? story).id,
        { name: "pocketsphinx", model: "", rough: false },
        { text: "kind nurses", words: [], confidence: null },
      );
      expect(story.audio).toBe("stored");

      await (await processWith({ spool: dead.spool })).answers.replayLeftBehind({
        ...{ campaign: (await processWith()).campaign, onlyInstance: true },
      });
      expect(
        await query("select from graphile_worker.jobs where key = $1", `remove-erased:${story.id}`),
      ).toHaveLength(1);
      await removeErased({ store, rows: createErasureRows(pool, { backupDays: null }) }, story.id);
      await expect(store.read(storyKey(story.id))).rejects.toMatchObject({ code: "story_missing" });
      expect(
        await query("select state, audio, discarded_because, uri from story where id = $1", story.id),
      ).toEqual([{ state: "deleted", audio: "discarded", discarded_because: "deleted", uri: null }]);
      const words = await query(
        "select text from transcript where story_id in (select id from story where call_id = $1)",
        on.id,
      );
      expect(words).toEqual(goneOn ? [{ text: "kind nurses" }] : []);
      if (goneOn) expect((await store.read(storyKey(later.id))).length).toBeGreaterThan(40_000);
    },
  );

  it("leaves a call to whoever goes on with it, and keeps the keys of both", async () => {
    const { on, dead } = await crashed(async ({ id, attempt, press }, by) => {
      await press(...rate(2));
      await press("1", [], { ...rated(2), step: "read-back" });
      await by.writes.log.end({ id, disposition: "interrupted", endedBy: "fault", machine: null });
      await by.writes.endAttempt(attempt, ending({ disposition: "interrupted" }));
    });
    const taker = await processWith();
    await taker.ledger.takeOverAbandoned();
    const pressAnew = (sequence: number, [digit, effects, state]: ReturnType<typeof rate>) =>
      taker.writes.log.keep({
        ...{ callId: on.id, sequence, effects, state: flowState(state) },
        key: { digit, step: "question", pressedAt: new Date() },
      });
    await pressAnew(1, rate(5));
    const third = await processWith({ spool: dead.spool });
    await third.answers.replayLeftBehind({ campaign: taker.campaign, onlyInstance: true });
    expect(await callOf(on.id)).toEqual({ rating: 5, disposition: null, ended_by: null, sequence: 1 });
    expect(await standingOf(on.id)).toMatchObject({ state: "live", status: "calling" });
    expect(third.spoolFiles(), "nothing was refused").toEqual([]);
    await pressAnew(2, rate(4));
    expect((await keysOf(on.id)).toSorted()).toEqual(["1", "2", "4", "5"]);
    expect(await callOf(on.id)).toMatchObject({ rating: 4, sequence: 2 });
  });
});
