import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Disposition, dispositions } from "#call/disposition.ts";
import type { CallLog } from "#call/ports.ts";
import type { Effect } from "#flow/state.ts";
import { readBoard } from "#postgres/board.ts";
import { createCallLog } from "#postgres/calls.ts";
import { campaignStanding } from "#postgres/campaigns.ts";
import { resultColumns, streamResults } from "#postgres/results.ts";
import { createStoryRows } from "#postgres/stories.ts";
import { createTranscriptRows } from "#postgres/transcripts.ts";
import type { KeptAudio } from "#recording/ports.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  begin,
  dialAgain,
  dialled,
  ending,
  flowState,
  importVisits,
  newLedger,
  resultRow,
  runningCampaign,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
let log: CallLog;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
  log = createCallLog(pool);
});
afterAll(() => db.drop());

const query = async (sql: string, ...values: unknown[]) => (await pool.query(sql, values)).rows;
const engine = { name: "pocketsphinx", model: "en-us", rough: true };
const partName = (callId: string, take: number, part = 1) => `${callId}-${take}-${part}`;

const audio = (name: string): KeptAudio => ({
  uri: "file:///stories/x.wav",
  sha256: "a".repeat(64),
  bytes: 80_044,
  durationMs: 10_040,
  speechMs: 8_000,
  truncated: false,
  parts: [{ name, startMs: 0, durationMs: 10_040, sha256: "b".repeat(64) }],
});

/** A call with these takes of a story recorded, and these effects as its last step. */
async function told(takes: number, effects: Effect[]) {
  const call = await dialled(pool);
  const callId = await begin(pool, call.attempt);
  for (let take = 1; take <= takes; take++) {
    const name = partName(callId, take);
    await log.partBegun({ callId, name, take, part: 1 });
    await log.partBegun({ callId, name, take, part: 1 });
    await log.partEnded({ name, durationMs: 10_040, speechMs: 8_000 });
  }
  await log.keep({ callId, sequence: 1, key: null, state: flowState(), effects });
  const stories = () =>
    query("select id, take, state, audio from story where call_id = $1 order by take", callId);
  return { ...call, callId, stories };
}

const hungUp = (callId: string) =>
  log.end({ id: callId, disposition: "partial", endedBy: "them", machine: null });
const jobs = (name: string, id: string) =>
  query("select from graphile_worker.jobs where key = $1", `${name}:${id}`);

describe("survey_result", () => {
  it("has the columns of the contract, in their order and types", async () => {
    const columns = await query(
      `select column_name || ' ' || data_type as c from information_schema.columns
       where table_name = 'survey_result' order by ordinal_position`,
    );
    expect(columns.map(({ c }) => c)).toEqual([
      "visit_id uuid",
      "visit_ref text",
      "campaign text",
      "channel text",
      "disposition text",
      "attempts integer",
      "answered_at timestamp with time zone",
      "rating smallint",
      "rating_label text",
      "story_id uuid",
      "story_seconds numeric",
      "recording_uri text",
      "transcript text",
      "transcript_state text",
      "transcript_engine text",
      "transcript_confidence real",
      "share_consent boolean",
      "callback_due timestamp with time zone",
      "updated_at timestamp with time zone",
    ]);
    expect(columns.map(({ c }) => c.split(" ")[0])).toEqual([...resultColumns]);
  });

  it("starts every visit as pending", async () => {
    const campaign = await runningCampaign(pool, [visit({ visitRef: "V-1" })]);
    const [row] = await query("select * from survey_result where campaign = $1", campaign.name);
    expect(row).toMatchObject({
      visit_ref: "V-1",
      channel: "voice",
      disposition: "pending",
      attempts: 0,
      answered_at: null,
      rating: null,
      rating_label: null,
      story_id: null,
      transcript_state: "none",
      share_consent: null,
      callback_due: null,
    });
  });

  const bySystem: Disposition[] = ["pending", "suppressed", "held", "withdrawn", "callback"];
  it.each(dispositions.filter((word) => !bySystem.includes(word)))(
    "tells of an attempt that ended as %s",
    async (word) => {
      const { ledger, attempt } = await dialled(pool);
      await ledger.end(attempt, ending({ disposition: word }));
      expect(await resultRow(pool, attempt)).toMatchObject({ disposition: word, attempts: 1 });
    },
  );

  it.each(["held", "withdrawn"])("tells that a visit is %s, whatever came before", async (status) => {
    const { ledger, attempt } = await dialled(pool);
    await ledger.end(attempt, ending({ disposition: "busy", follows: { kind: "retry", at: new Date() } }));
    await query("update visit set status = $2 where id = $1", attempt.visitId, status);
    expect(await resultRow(pool, attempt)).toMatchObject({ disposition: status });
  });

  it.each([
    [1, "Very good"],
    [2, "Good"],
    [3, "Neither good nor poor"],
    [4, "Poor"],
    [5, "Very poor"],
    [6, "Don't know"],
  ])("labels the rating %i as %s", async (rating, label) => {
    const { attempt } = await told(0, [{ kind: "answer", name: "rating", value: rating }]);
    expect(await resultRow(pool, attempt)).toMatchObject({ rating, rating_label: label });
  });

  it("keeps the rating and the story of a call that was interrupted when the next adds nothing", async () => {
    const first = await told(1, [
      { kind: "answer", name: "rating", value: 2 },
      { kind: "keep-take", take: 1 },
      { kind: "answer", name: "shareConsent", value: true },
    ]);
    const follows = { kind: "retry", at: new Date(Date.now() - 1000) } as const;
    await first.ledger.end(first.attempt, ending({ disposition: "interrupted", follows }));
    const second = await dialAgain(first.ledger, first.campaign);
    const answeredAt = new Date(Date.now() + 60_000);
    await begin(pool, second, { answeredAt });
    expect(await resultRow(pool, second)).toMatchObject({
      rating: 2,
      share_consent: true,
      answered_at: answeredAt,
      story_id: (await first.stories())[0]?.id,
    });
  });

  it("is read as a stream, whole or by campaign, and a visit at a time", async () => {
    const list = Array.from({ length: 700 }, () => visit());
    const campaign = await runningCampaign(pool, list);
    const refs: string[] = [];
    for await (const row of streamResults(pool, campaign.name)) refs.push(row.visit_ref);
    expect(refs).toEqual(list.map(({ visitRef }) => visitRef));
    let all = 0;
    for await (const _ of streamResults(pool)) all += 1;
    expect(all).toBeGreaterThan(700);
    // Whoever stops reading early gives the connection back.
    for await (const _ of streamResults(pool)) break;
    expect(pool.totalCount - pool.idleCount).toBe(0);
  });
});

describe("a story", () => {
  it("is queued to be kept when its call ends, and to be transcribed when its audio is stored", async () => {
    const { attempt, callId, stories } = await told(1, [{ kind: "keep-take", take: 1 }]);
    expect(await resultRow(pool, attempt)).toMatchObject({
      transcript_state: "waiting",
      recording_uri: null,
    });
    await hungUp(callId);
    expect(await jobs("keep-story", callId)).toHaveLength(1);
    const rows = createStoryRows(pool, { transcribe: true });
    const [story] = await rows.ofCall(callId);
    const parts = [
      { name: partName(callId, 1), part: 1, durationMs: 10_040, speechMs: 8_000, endSeen: true },
    ];
    expect(story).toEqual({ storyId: (await stories())[0]?.id, callId, take: 1, state: "kept", parts });
    await rows.stored(story!.storyId, audio(parts[0]!.name));
    await rows.stored(story!.storyId, { ...audio(parts[0]!.name), uri: "file:///again.wav" });
    expect(await rows.ofCall(callId)).toEqual([]);
    expect(await jobs("transcribe", story!.storyId)).toHaveLength(1);
    expect(await resultRow(pool, attempt)).toMatchObject({
      recording_uri: "file:///stories/x.wav",
      story_seconds: "10.0",
      transcript_state: "waiting",
      transcript: null,
      share_consent: false,
    });
    const results = await Array.fromAsync(streamResults(pool));
    expect(results.find((row) => row.visit_id === attempt.visitId)).toMatchObject({ story_seconds: 10 });
    const parts2 = await query("select state, duration_ms from recording where call_id = $1", callId);
    expect(parts2).toEqual([{ state: "stored", duration_ms: 10_040 }]);
  });

  it("cut off by a crash of ours is kept, and replaces the take before it", async () => {
    const { attempt, callId, stories } = await told(1, [{ kind: "keep-take", take: 1 }]);
    await log.partBegun({ callId, name: partName(callId, 2), take: 2, part: 1 });
    await log.end({ id: callId, disposition: "interrupted", endedBy: "fault", machine: null });
    const rows = createStoryRows(pool, { transcribe: true });
    const [first, second] = await rows.ofCall(callId);
    expect([first?.state, second?.state]).toEqual(["kept", "kept"]);
    expect(second?.parts).toEqual([
      { name: partName(callId, 2), part: 1, durationMs: null, speechMs: null, endSeen: false },
    ]);
    await rows.stored(first!.storyId, audio(partName(callId, 1)));
    await rows.stored(second!.storyId, audio(partName(callId, 2)));
    expect((await stories()).map(({ state }) => state)).toEqual(["superseded", "kept"]);
    expect(await resultRow(pool, attempt)).toMatchObject({ story_id: second!.storyId });
  });

  it("in which the line heard nothing replaces no other, but is the story where there is none", async () => {
    const again = await told(1, [{ kind: "keep-take", take: 1 }]);
    const name = partName(again.callId, 2);
    await log.partBegun({ callId: again.callId, name, take: 2, part: 1 });
    await log.partEnded({ name, durationMs: 5_000, speechMs: 0 });
    const rows = createStoryRows(pool, { transcribe: true });
    const takes = await rows.ofCall(again.callId);
    expect(takes.map(({ state }) => state)).toEqual(["kept", "superseded"]);
    await rows.stored(takes[1]!.storyId, audio(name));
    expect((await again.stories()).map(({ state }) => state)).toEqual(["kept", "superseded"]);
    const only = await told(1, []);
    expect((await rows.ofCall(only.callId)).map(({ state }) => state)).toEqual(["kept"]);
  });

  it("told again is superseded, and comes back when the new one turns out to have no speech", async () => {
    const { callId, stories } = await told(2, [
      { kind: "keep-take", take: 1 },
      { kind: "keep-take", take: 2 },
    ]);
    await hungUp(callId);
    const rows = createStoryRows(pool, { transcribe: true });
    const [first, second] = await rows.ofCall(callId);
    expect([first?.state, second?.state]).toEqual(["superseded", "kept"]);
    await rows.stored(first!.storyId, audio(partName(callId, 1)));
    expect(await jobs("transcribe", first!.storyId)).toEqual([]);
    await rows.discarded(second!.storyId, "no-speech");
    expect((await stories()).map(({ state, audio }) => [state, audio])).toEqual([
      ["kept", "stored"],
      ["superseded", "discarded"],
    ]);
    expect(await jobs("transcribe", first!.storyId)).toHaveLength(1);
  });

  it("deleted by the patient is not shown, and stays deleted", async () => {
    const { attempt, callId, stories } = await told(2, [
      { kind: "keep-take", take: 2 },
      { kind: "delete-story" },
      { kind: "keep-take", take: 2 },
    ]);
    await hungUp(callId);
    const rows = createStoryRows(pool, { transcribe: true });
    for (const story of await rows.ofCall(callId)) {
      expect(story.state).toBe("deleted");
      await rows.discarded(story.storyId, "deleted");
    }
    expect((await stories()).map(({ state, audio }) => [state, audio])).toEqual([
      ["deleted", "discarded"],
      ["deleted", "discarded"],
    ]);
    expect(await resultRow(pool, attempt)).toMatchObject({ story_id: null, transcript_state: "none" });
    expect(await createTranscriptRows(pool).audioKey((await stories())[0]?.id)).toBeNull();
  });

  it("without an engine has no transcript to wait for", async () => {
    const { attempt, callId } = await told(1, [{ kind: "keep-take", take: 1 }]);
    await hungUp(callId);
    const rows = createStoryRows(pool, { transcribe: false });
    const [story] = await rows.ofCall(callId);
    await rows.stored(story!.storyId, audio(partName(callId, 1)));
    expect(await resultRow(pool, attempt)).toMatchObject({
      transcript_state: "none",
      recording_uri: expect.any(String),
    });
  });

  it("whose audio was missing is kept when it turns up", async () => {
    const { attempt, callId } = await told(1, [{ kind: "keep-take", take: 1 }]);
    await hungUp(callId);
    const rows = createStoryRows(pool, { transcribe: true });
    const [story] = await rows.ofCall(callId);
    await rows.discarded(story!.storyId, "missing");
    expect(await resultRow(pool, attempt)).toMatchObject({ story_id: null });
    await rows.stored((await rows.ofCall(callId))[0]!.storyId, audio(partName(callId, 1)));
    expect(await resultRow(pool, attempt)).toMatchObject({ story_id: story!.storyId });
  });

  it("lying in Asterisk is swept by its call's state", async () => {
    const rows = createStoryRows(pool, { transcribe: true });
    const { callId } = await told(1, [{ kind: "keep-take", take: 1 }]);
    const name = partName(callId, 1);
    const sweep = () => rows.callsWithUnkeptParts([name, "not-ours"]);
    const nothing = { callIds: [], unknownNames: ["not-ours"], settledNames: [] };
    expect(await sweep()).toEqual(nothing); // the call is going on
    await hungUp(callId);
    expect(await sweep()).toEqual(nothing); // its job is queued
    const failedUntil = (secondsAhead: number) =>
      query(
        `update graphile_worker._private_jobs set attempts = 8, run_at = clock_timestamp() + ${secondsAhead} * interval '1 s'`,
      );
    await failedUntil(10);
    expect(await sweep(), "it comes in a moment").toEqual(nothing);
    await failedUntil(3_000);
    expect(await sweep(), "Asterisk was away for long").toEqual({ ...nothing, callIds: [callId] });
    await query("update graphile_worker._private_jobs set locked_at = now(), locked_by = 'somebody'");
    expect(await sweep(), "it is being done").toEqual(nothing);
    await query("delete from graphile_worker._private_jobs");
    expect(await sweep()).toEqual({ ...nothing, callIds: [callId] });
    await rows.stored((await rows.ofCall(callId))[0]!.storyId, audio(name));
    expect(await sweep()).toEqual({ ...nothing, settledNames: [name] });
  });
});

describe("a transcript", () => {
  async function stored() {
    const { attempt, callId } = await told(1, [{ kind: "keep-take", take: 1 }]);
    await hungUp(callId);
    const rows = createStoryRows(pool, { transcribe: true });
    const [story] = await rows.ofCall(callId);
    await rows.stored(story!.storyId, audio(partName(callId, 1)));
    return { attempt, storyId: story!.storyId, transcripts: createTranscriptRows(pool) };
  }
  const result = { text: "the nurses were kind", words: [], confidence: 0.5 };

  it("shows its words, its engine, and that they are rough", async () => {
    const { attempt, storyId, transcripts } = await stored();
    expect(await transcripts.audioKey(storyId)).toBe(`${storyId}.wav`);
    await transcripts.failed(storyId, engine, "engine-missing");
    expect(await resultRow(pool, attempt)).toMatchObject({ transcript_state: "failed", transcript: null });
    await transcripts.done(storyId, engine, result);
    await transcripts.noWords(storyId, { ...engine, name: "other" });
    expect(await resultRow(pool, attempt)).toMatchObject({
      transcript_state: "done",
      transcript: "the nurses were kind",
      transcript_engine: "pocketsphinx en-us (rough)",
      transcript_confidence: 0.5,
    });
  });

  it("has no audio to hear once its story is deleted", async () => {
    const { storyId, transcripts } = await stored();
    await query("update story set state = 'deleted' where id = $1", storyId);
    expect(await transcripts.audioKey(storyId)).toBeNull();
  });

  it("says where no words were heard", async () => {
    const { attempt, storyId, transcripts } = await stored();
    await transcripts.noWords(storyId, { ...engine, rough: false });
    expect(await resultRow(pool, attempt)).toMatchObject({
      transcript_state: "no_words",
      transcript: null,
      transcript_engine: "pocketsphinx en-us",
    });
  });
});

describe("the board", () => {
  it("follows a visit from due to done", async () => {
    const campaign = await runningCampaign(pool, [visit({ visitRef: "watched" })]);
    const ledger = newLedger(pool);
    const board = async () => (await readBoard(pool, campaign.id))[0];
    expect(await board()).toMatchObject({
      visitRef: "watched",
      status: "due",
      attempt: null,
      recording: false,
    });
    const attempt = await dialAgain(ledger, campaign);
    expect(await board()).toMatchObject({
      status: "calling",
      attempt: "dialing",
      ringing: false,
      step: null,
    });
    await ledger.ringing(attempt.id);
    expect(await board()).toMatchObject({ attempt: "dialing", ringing: true });
    const callId = await begin(pool, attempt, { state: flowState({ step: "question" }) });
    expect(await board()).toMatchObject({ attempt: "live", ringing: false, step: "question" });
    await log.partBegun({ callId, name: "watched-1", take: 1, part: 1 });
    expect(await board()).toMatchObject({ recording: true });
    await log.end({ id: callId, disposition: "partial", endedBy: "them", machine: null });
    await ledger.end(attempt, ending({ disposition: "partial" }));
    expect(await board()).toMatchObject({
      status: "done",
      disposition: "partial",
      recording: false,
      step: null,
    });
    await importVisits(pool, campaign.id, [visit()]);
    expect(await campaignStanding(pool, campaign.name)).toMatchObject({
      visits: 2,
      due: 1,
      calling: 0,
      dispositions: { partial: 1, pending: 1 },
    });
  });
});
