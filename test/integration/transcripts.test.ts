import type { Pool } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Clock, systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createJobRunner, type JobRunner, queueKeepStory, waitingJobs } from "#postgres/jobs.ts";
import { transcriptBacklog } from "#postgres/transcript-backlog.ts";
import {
  type AgainSelection,
  countAgain,
  createTranscriptOrders,
  orderAgain,
} from "#postgres/transcript-orders.ts";
import { createTranscriptRows } from "#postgres/transcripts.ts";
import { createOpenAiCompatible } from "#speech/openai-compatible.ts";
import type { SpeechEngine } from "#transcript/ports.ts";
import { createTranscribeInTurn } from "#transcript/transcribe-in-turn.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type HttpSpeechServer, json, startHttpSpeechServer, words } from "../support/http-speech-server.ts";
import { resultRow } from "../support/survey.ts";
import { toldStory } from "../support/told-story.ts";

let db: TestDatabase;
let pool: Pool;
let server: HttpSpeechServer;
beforeAll(async () => {
  db = await createTestDatabase({ maxConnections: 20 });
  pool = db.pool;
  server = await startHttpSpeechServer();
});
afterAll(async () => {
  await server.stop();
  await db.drop();
});

const query = async (sql: string, ...values: unknown[]) => (await pool.query(sql, values)).rows;
const running: JobRunner[] = [];
let engines: Record<string, SpeechEngine>;
beforeEach(async () => {
  server.posts.length = 0;
  server.answering = words;
  loudness = usualLoudness;
  engines = { usual: whisper("1") };
  await query("delete from transcript");
  await query("update story set state = 'superseded'");
  await query("delete from graphile_worker._private_jobs");
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.stop()));
});

const whisper = (model: string, name = "openai-compatible", limitMs = 60_000): SpeechEngine => ({
  ...createOpenAiCompatible({
    ...{ url: server.url, model, key: null, ca: null, format: "verbose_json" },
    ...{ language: "en-GB", phrases: [], timeoutMs: () => limitMs },
  }),
  name,
});

/** transcribe.ts gives the engine this for a story of 5 s. */
const ENGINE_LIMIT_MS = 60_000 + 4 * 5000;

/** By it a server knows a story, however often it is asked. */
const [usualLoudness, indigestible] = [1000, 2000];
let loudness = usualLoudness;

/** Hours pass in milliseconds for who waits at the gate: a minute is 10 ms. */
const hastyClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now() * 6000,
  wait: (ms, signal) => systemClock.wait(ms === ENGINE_LIMIT_MS ? ms : ms / 6000, signal),
};

async function serve(): Promise<JobRunner> {
  const transcribe = createTranscribeInTurn({
    rows: createTranscriptRows(pool),
    orders: {
      ...createTranscriptOrders(pool),
      later: (order, delayMs) => createTranscriptOrders(pool).later(order, delayMs / 6000),
    },
    engineOf: (name) => engines[name ?? "usual"]!,
    readAudio: async () => new Int16Array(8 * 5000).fill(loudness),
    findSpeech: () => [{ fromMs: 0, toMs: 5000 }],
    clock: hastyClock,
    logger: silentLogger,
  });
  const runner = await createJobRunner(
    pool,
    {
      "keep-story": async () => {},
      transcribe: async ({ storyId }, signal) => void (await transcribe({ storyId, engine: null }, signal)),
      "transcribe-again": async (order, signal) => void (await transcribe(order, signal)),
    },
    { concurrency: 1, owner: newName("test"), logger: silentLogger },
  );
  running.push(runner);
  return runner;
}
/** Without those that have put themselves back and are about to end: they have no key any more. */
const jobs = () => query("select attempts, last_error from graphile_worker.jobs where key is not null");
const transcripts = (storyId: string) =>
  query("select engine, model, state, current from transcript where story_id = $1 order by id", storyId);
const patient = { timeout: 20_000, interval: 50 };

describe("while the speech engine is away for hours", () => {
  it.each([
    ["no quota is left", 429, "speech_quota"],
    ["nobody is there", 503, "speech_away"],
    ["it stumbles over everything", 500, "speech_stumbled"],
    ["it does not know us", 401, "speech_misconfigured"],
    ["it refuses everything", 400, "speech_refused"],
  ])(
    "because %s, nothing is lost, no try is used up, and all is done when it is back",
    async (_, status, code) => {
      const stories = [await toldStory(pool), await toldStory(pool), await toldStory(pool)];
      server.answering = (_, response) => json(response, { error: "the nurses" }, status);
      await query(
        "update transcript set created_at = now() - interval '5 hours' where story_id = $1",
        stories[0]!.storyId,
      );
      await serve();
      await vi.waitFor(() => expect(server.posts.length).toBeGreaterThan(12), patient);
      expect(new Set((await jobs()).map(({ attempts }) => attempts <= 1))).toEqual(new Set([true]));
      expect((await jobs()).map(({ last_error }) => last_error)).toEqual([null, null, null]);
      const backlog = await transcriptBacklog(pool);
      expect(backlog).toMatchObject({ waiting: 3, again: 0, givenUp: 0 });
      expect(backlog.heldBecause[code]).toBeGreaterThan(0);
      expect(backlog.oldestMs! / 3_600_000).toBeCloseTo(5, 1);
      for (const { attempt } of stories)
        expect(await resultRow(pool, attempt)).toMatchObject({ transcript_state: "waiting" });
      server.answering = words;
      await vi.waitFor(async () => expect((await transcriptBacklog(pool)).waiting).toBe(0), patient);
      for (const { attempt } of stories)
        expect(await resultRow(pool, attempt)).toMatchObject({
          transcript_state: "done",
          transcript_engine: "openai-compatible 1",
        });
      await vi.waitFor(async () => expect(await jobs()).toEqual([]), patient);
    },
  );

  it("other jobs go on beside it", async () => {
    await Promise.all([toldStory(pool), toldStory(pool), toldStory(pool)]);
    server.answering = () => {}; // every worker for stories is held
    await serve();
    await vi.waitFor(() => expect(server.posts.length).toBeGreaterThan(1), patient);
    const began = performance.now();
    await queueKeepStory(pool, "00000000-0000-4000-8000-000000000000");
    await vi.waitFor(async () => expect(await waitingJobs(pool)).toBe(3), { ...patient, interval: 10 });
    console.log(`another job is done after ${Math.round(performance.now() - began)} ms`);
    // Each of the stories is held still: none was given up meanwhile, and asked for again.
    expect(server.posts.length).toBeLessThanOrEqual(3);
  });

  it("a process that stops hands its stories back, with all their tries", async () => {
    await toldStory(pool);
    engines.usual = { ...whisper("1"), transcribe: (_, signal) => orAborted(signal) };
    const runner = await serve();
    await vi.waitFor(async () => expect((await jobs())[0]).toMatchObject({ attempts: 1 }), patient);
    running.splice(0);
    await runner.stop();
    expect(await jobs()).toEqual([{ attempts: 0, last_error: null }]);
    await vi.waitFor(async () => expect(await waitingJobs(pool)).toBe(1), patient);
    expect(await transcriptBacklog(pool)).toMatchObject({ waiting: 1 });
  });

  it("one story that it cannot digest is given up, and seen; those before and after have their words", async () => {
    server.answering = (post, response, number) =>
      post.samples[0] === indigestible
        ? json(response, { error: "too long" }, 413)
        : words(post, response, number);
    await serve();
    const states: string[] = [];
    for (loudness of [usualLoudness, indigestible, usualLoudness]) {
      const { storyId } = await toldStory(pool);
      await vi.waitFor(
        async () => expect((await transcripts(storyId))[0]!.state).not.toBe("waiting"),
        patient,
      );
      states.push((await transcripts(storyId))[0]!.state);
    }
    expect(states).toEqual(["done", "failed", "done"]);
    expect(await transcriptBacklog(pool)).toMatchObject({ waiting: 0, givenUp: 1, heldBecause: {} });
  });

  it("a fault of ours uses up tries, and counts as waiting as long as some are left", async () => {
    const { attempt } = await toldStory(pool);
    engines.usual = { ...whisper("1"), transcribe: () => Promise.reject(new Error("a fault")) };
    await serve();
    await vi.waitFor(async () => expect((await jobs())[0]).toMatchObject({ attempts: 1 }), patient);
    await vi.waitFor(
      async () => expect(await resultRow(pool, attempt)).toMatchObject({ transcript_state: "failed" }),
      patient,
    );
    expect(await transcriptBacklog(pool)).toMatchObject({ waiting: 1, givenUp: 0 });
    await query("update graphile_worker._private_jobs set attempts = max_attempts, locked_at = null");
    expect(await transcriptBacklog(pool)).toMatchObject({ waiting: 0, givenUp: 1 });
  });

  it("a deleted story waits for nothing", async () => {
    const { storyId } = await toldStory(pool);
    await query("update story set state = 'deleted' where id = $1", storyId);
    expect(await transcriptBacklog(pool)).toMatchObject({ waiting: 0, oldestMs: null, givenUp: 0 });
  });
});

describe("stories heard again", () => {
  const everything = { engine: "other", campaign: null, since: null, limit: null } as const;
  const all = ["failed", "no_words", "done", "none"] as const;
  beforeEach(() => {
    engines.other = whisper("2", "other");
  });
  const again = (different: Partial<AgainSelection> = {}) =>
    orderAgain(pool, { ...everything, states: all, ...different });
  const inState = async (state: "done" | "no_words" | "failed") => {
    const story = await toldStory(pool);
    const rows = createTranscriptRows(pool);
    if (state === "done")
      await rows.done(story.storyId, engines.usual!, { text: "old words", words: [], confidence: null });
    if (state === "no_words") await rows.noWords(story.storyId, engines.usual!);
    if (state === "failed") await rows.failed(story.storyId, engines.usual!, "speech_refused");
    await query("delete from graphile_worker._private_jobs");
    return story;
  };
  const ordered = async () =>
    (await query("select story_id from transcript where state = 'waiting' order by story_id")).map(
      ({ story_id }) => story_id,
    );

  it("by another engine keep both, and the newer words are shown", async () => {
    const { attempt, storyId } = await inState("done");
    expect(await again()).toBe(1);
    expect(await again()).toBe(0); // it waits already
    expect(await transcriptBacklog(pool)).toMatchObject({ waiting: 0, again: 1 });
    expect(await resultRow(pool, attempt)).toMatchObject({
      transcript: "old words",
      transcript_state: "done",
    });
    await serve();
    await vi.waitFor(async () => expect(await transcriptBacklog(pool)).toMatchObject({ again: 0 }), patient);
    expect(await transcripts(storyId)).toEqual([
      { engine: "openai-compatible", model: "1", state: "done", current: false },
      { engine: "other", model: "2", state: "done", current: true },
    ]);
    expect(await resultRow(pool, attempt)).toMatchObject({
      transcript: expect.stringContaining("nurses"),
      transcript_engine: "other 2",
    });
  });

  it("by the same engine and model have one transcript of it", async () => {
    const { storyId } = await inState("done");
    await again({ engine: "other" });
    await serve();
    await vi.waitFor(async () => expect(await transcripts(storyId)).toHaveLength(2), patient);
    await vi.waitFor(async () => expect(await ordered()).toEqual([]), patient);
    await again({ engine: "other" });
    await vi.waitFor(async () => expect(await ordered()).toEqual([]), patient);
    expect(await transcripts(storyId)).toHaveLength(2);
  });

  it("that were kept while there was no engine wait as new ones do", async () => {
    const { attempt, storyId } = await toldStory(pool, { transcribe: false });
    expect(await resultRow(pool, attempt)).toMatchObject({ transcript_state: "none" });
    expect(await again({ states: ["done", "failed"] })).toBe(0);
    expect(await again({ states: ["none"] })).toBeGreaterThan(0);
    expect(await resultRow(pool, attempt)).toMatchObject({ transcript_state: "waiting" });
    await serve();
    await vi.waitFor(async () => expect((await transcripts(storyId))[0]!.state).toBe("done"), patient);
  });

  it("are selected by campaign, state and time, the oldest first, a deleted or a lost one never", async () => {
    const failed = await inState("failed");
    const silent = await inState("no_words");
    const gone = await inState("done");
    await toldStory(pool); // its words are on their way
    await query("update story set created_at = now() - interval '3 days' where id = $1", silent.storyId);
    await query("update story set state = 'deleted' where id = $1", gone.storyId);
    const missing = await inState("done");
    await query(
      "update story set audio = 'discarded', discarded_because = 'missing', uri = null where id = $1",
      missing.storyId,
    );
    const chosen = async (different: Partial<AgainSelection>) => {
      const count = await countAgain(pool, { ...everything, states: all, ...different });
      const before = await ordered();
      expect(await again(different)).toBe(count);
      const now = (await ordered()).filter((id) => !before.includes(id));
      await query("delete from transcript where state = 'waiting' and engine is not null");
      return now;
    };
    expect(await chosen({ states: ["no_words"] })).toEqual([silent.storyId]);
    expect(await chosen({ campaign: failed.campaign })).toEqual([failed.storyId]);
    expect(await chosen({ since: new Date(Date.now() - 24 * 3_600_000) })).toEqual([failed.storyId]);
    expect(await chosen({ limit: 1 })).toEqual([silent.storyId]);
    expect(await chosen({})).toHaveLength(2);
  });

  it("do not delay new ones while their engine is in trouble", async () => {
    await inState("failed");
    engines.other = { ...whisper("2", "other"), transcribe: (_, signal) => orAborted(signal) };
    await again();
    await serve();
    const { storyId } = await toldStory(pool);
    await vi.waitFor(async () => expect((await transcripts(storyId))[0]!.state).toBe("done"), patient);
  });
});

const orAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
