/** What a caller waits for is one statement, and nothing of it is done in the name of one who lost the call. */
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Effect } from "#flow/state.ts";
import { createCallLog } from "#postgres/calls.ts";
import { endAttempt } from "#postgres/end-attempt.ts";
import { createStoryRows } from "#postgres/stories.ts";
import { createStoryKeys } from "#postgres/story-keys.ts";
import { createMasterKeys } from "#storage/master-key.ts";
import { countStatements } from "../support/count-statements.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, dialled, ending, flowState } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterAll(() => db.drop());

const step = (callId: string, sequence: number, effects: Effect[] = []) => ({
  ...{ callId, sequence, effects, state: flowState({ step: "read-back" }) },
  key: { digit: "2", step: "question", pressedAt: new Date() },
});

/** @returns the story's id */
async function tell(callId: string, take: number): Promise<string> {
  await createCallLog(pool).partBegun({ callId, name: partName(callId, take), take, part: 1 });
  const sql = "select id from story where call_id = $1 and take = $2";
  return (await pool.query<{ id: string }>(sql, [callId, take])).rows[0]!.id;
}
const partName = (callId: string, take: number) => `${callId}-${take}`;

const takes = async (callId: string) => {
  const sql = "select state || ' ' || audio as is from story where call_id = $1 order by take";
  return (await pool.query<{ is: string }>(sql, [callId])).rows.map(({ is }) => is);
};

const sound = (callId: string, take: number) => ({
  ...{ uri: "ab/x.wav.sealed", sha256: "a".repeat(64), bytes: 64_000, durationMs: 8_000.4, speechMs: 7_000 },
  truncated: false,
  parts: [{ name: partName(callId, take), startMs: 0, durationMs: 8_000.4, sha256: "b".repeat(64) }],
});

const standing = async (visitId: string) =>
  (
    await pool.query(
      `select v.status, v.disposition, v.attempts, v.tried, v.next_reason as reason, v.not_before, a.state, a.cause,
         (select array_agg(h.status order by h.id) from visit_history h where h.visit_id = v.id) as history
       from visit v join attempt a on a.visit_id = v.id where v.id = $1`,
      [visitId],
    )
  ).rows[0];

describe("one statement", () => {
  it("begins a call, and makes its attempt live", async () => {
    const { attempt } = await dialled(pool);
    const { counting, asked } = countStatements(pool);
    const log = createCallLog(counting);
    await log.begin({
      ...{ id: attempt.id, attemptId: attempt.id, flow: "fft", flowVersion: "1" },
      ...{ answeredAt: new Date(), state: flowState({ step: "greeting" }), release: null },
    });
    expect(asked).toEqual(["begin-call"]);
    const { rows } = await pool.query(
      "select state from attempt a join call k on k.attempt_id = a.id where a.id = $1",
      [attempt.id],
    );
    expect(rows).toEqual([{ state: "live" }]);
  });

  it("keeps a key, what it answers and where the call stands", async () => {
    const callId = await begin(pool, (await dialled(pool)).attempt);
    const { counting, asked } = countStatements(pool);
    const log = createCallLog(counting);
    await log.keep(step(callId, 1));
    await log.keep(
      step(callId, 2, [
        { kind: "answer", name: "rating", value: 2 },
        { kind: "answer", name: "parking", value: 1 },
        { kind: "answer", name: "parking", value: 3 },
      ]),
    );
    await log.keep({ ...step(callId, 3), key: null });
    expect(asked).toEqual(["keep-plain-step", "keep-answers", "keep-plain-step"]);
    const { rows } = await pool.query(
      `select sequence, rating, declined, flow_state ->> 'step' as step,
         (select json_agg(json_build_array(question, value)) from answer where call_id = call.id) as answers,
         (select count(*)::int from key_press where call_id = call.id) as keys
       from call where id = $1`,
      [callId],
    );
    expect(rows).toEqual([
      {
        ...{ sequence: 3, rating: 2, declined: false, step: "read-back", keys: 2 },
        answers: [["parking", 3]],
      },
    ]);
  });

  it("begins a part of a story, of a telling that is there already too", async () => {
    const callId = await begin(pool, (await dialled(pool)).attempt);
    const { counting, asked } = countStatements(pool);
    const log = createCallLog(counting);
    for (const [name, part] of [
      ["one", 1],
      ["two", 2],
      ["two", 2],
    ] as const)
      await log.partBegun({ callId, name: `${callId}-${name}`, take: 1, part });
    expect(asked).toEqual(["part-begun", "part-begun", "part-begun"]);
    const { rows } = await pool.query(
      `select count(distinct s.id)::int as stories, array_agg(r.part order by r.part) as parts
       from story s join recording r on r.story_id = s.id where s.call_id = $1`,
      [callId],
    );
    expect(rows).toEqual([{ stories: 1, parts: [1, 2] }]);
  });

  it("keeps a take that was told, but not where another must give way", async () => {
    const callId = await begin(pool, (await dialled(pool)).attempt);
    const { counting, asked } = countStatements(pool);
    const log = createCallLog(counting);
    await tell(callId, 1);
    await log.keep(step(callId, 1, [{ kind: "keep-take", take: 1 }]));
    await log.keep(step(callId, 1, [{ kind: "keep-take", take: 1 }]));
    expect(asked[0]).toBe("keep-take");
    expect(await takes(callId)).toEqual(["kept waiting"]);
    asked.length = 0;
    await tell(callId, 2);
    await log.keep(step(callId, 2, [{ kind: "keep-take", take: 2 }]));
    expect(asked).toContain("begin");
    expect(await takes(callId)).toEqual(["superseded waiting", "kept waiting"]);
    const { rows } = await pool.query("select sequence, digit from key_press where call_id = $1 order by 1", [
      callId,
    ]);
    expect(rows).toEqual([
      { sequence: 1, digit: "2" },
      { sequence: 2, digit: "2" },
    ]);
  });

  it("makes a story's first key, and gives the same one again", async () => {
    const masters = createMasterKeys({ dataKey: Buffer.alloc(32, 3), masterKey: null, oldMasterKeys: [] });
    const { counting, asked } = countStatements(pool);
    const keys = createStoryKeys(counting, masters);
    const callId = await begin(pool, (await dialled(pool)).attempt);
    const [before, storyId, never] = [await tell(callId, 1), await tell(callId, 2), await tell(callId, 3)];
    // The first of a master key leaves its proof.
    await keys.keyFor(before);
    asked.length = 0;
    const key = await keys.keyFor(storyId);
    expect(asked).toEqual(["make-story-key"]);
    expect((await keys.keyFor(storyId)).equals(key)).toBe(true);
    expect((await keys.find(storyId))?.key?.equals(key)).toBe(true);
    await pool.query(
      "update story set audio = 'discarded', discarded_because = 'deleted' where id = any ($1::uuid[])",
      [[storyId, never]],
    );
    for (const erased of [storyId, never])
      await expect(keys.keyFor(erased)).rejects.toMatchObject({ code: "story_erased" });
  });

  it("stores a story with its parts and its order for words; another take gives way before", async () => {
    const { counting, asked } = countStatements(pool);
    const stories = createStoryRows(counting, { transcribe: true });
    const callId = await begin(pool, (await dialled(pool)).attempt);
    const [first, second] = [await tell(callId, 1), await tell(callId, 2)];
    expect(await stories.stored(first, sound(callId, 1))).toBe(true);
    expect(asked).toEqual(["story-stored"]);
    expect(await takes(callId)).toEqual(["kept stored", "open waiting"]);
    await pool.query("update story set state = 'superseded' where id = $1", [first]);
    await pool.query("update story set state = 'kept' where id = $1", [second]);
    expect(await stories.stored(second, sound(callId, 2))).toBe(true);
    expect(asked).toEqual(["story-stored", "story-stored"]);
    const { rows } = await pool.query(
      `select r.state, r.start_ms, r.duration_ms, left(r.sha256, 2) as sha,
         (select state from transcript t where t.story_id = s.id and t.current) as words,
         (select count(*)::int from graphile_worker.jobs j where j.key = 'transcribe:' || s.id) as jobs,
         exists (select from story_card c where c.story_id = s.id) as card
       from story s join recording r on r.story_id = s.id where s.call_id = $1 order by s.take`,
      [callId],
    );
    const part = { state: "stored", start_ms: 0, duration_ms: 8_000, sha: "bb", words: "waiting", jobs: 1 };
    expect(rows).toEqual([
      { ...part, card: false },
      { ...part, card: true },
    ]);
    expect(await stories.stored(second, sound(callId, 2)), "again").toBe(true);
  });

  it("stores no story that was deleted, and one take of two that were open", async () => {
    const stories = createStoryRows(pool, { transcribe: false });
    const callId = await begin(pool, (await dialled(pool)).attempt);
    const [first, second] = [await tell(callId, 1), await tell(callId, 2)];
    await pool.query("update story set state = 'kept' where id = $1", [first]);
    // Its part never ended: it is the story.
    expect(await stories.stored(second, sound(callId, 2))).toBe(true);
    expect(await takes(callId)).toEqual(["superseded waiting", "kept stored"]);
    const other = await begin(pool, (await dialled(pool)).attempt);
    const gone = await tell(other, 1);
    await pool.query("update story set state = 'deleted' where id = $1", [gone]);
    expect(await stories.stored(gone, sound(other, 1))).toBe(false);
    expect(await takes(other)).toEqual(["deleted discarded"]);
  });

  it("ends an attempt, and moves its visit on; what a later list asks for is done with", async () => {
    const { counting, asked } = countStatements(pool);
    const { attempt, ledger } = await dialled(pool);
    const { owner } = ledger.lease;
    const at = new Date(Date.now() + 3_600_000);
    const busy = ending({ disposition: "busy", cause: 17, follows: { kind: "retry", at }, contact: false });
    expect(await endAttempt(counting, "somebody else", attempt, busy)).toBe(false);
    asked.length = 0;
    expect(await endAttempt(counting, owner, attempt, busy)).toBe(true);
    expect(asked).toEqual(["end-attempt"]);
    expect(await endAttempt(counting, owner, attempt, busy), "again").toBe(false);
    expect(await standing(attempt.visitId)).toEqual({
      ...{ status: "due", disposition: "busy", attempts: 1, tried: 1, reason: "retry", not_before: at },
      ...{ state: "ended", cause: 17, history: ["due"] },
    });
    const stopped = await dialled(pool);
    await pool.query("update visit set stop_asked = 'withdrawn' where id = $1", [stopped.attempt.visitId]);
    asked.length = 0;
    expect(await endAttempt(counting, stopped.ledger.lease.owner, stopped.attempt, busy)).toBe(true);
    expect(asked).toContain("begin");
    expect(await standing(stopped.attempt.visitId)).toMatchObject({ status: "withdrawn", state: "ended" });
  });

  it("ends an attempt that nobody knew the outcome of, which had counted", async () => {
    const { attempt, ledger } = await dialled(pool);
    const { owner } = ledger.lease;
    await endAttempt(pool, owner, attempt, ending({ disposition: "unknown" }));
    expect(await standing(attempt.visitId)).toMatchObject({ disposition: "unknown", attempts: 1, tried: 1 });
    const busy = ending({ disposition: "busy", counts: false, follows: { kind: "retry", at: new Date() } });
    expect(await endAttempt(pool, owner, attempt, busy)).toBe(true);
    expect(await standing(attempt.visitId)).toMatchObject({
      ...{ status: "due", disposition: "busy", attempts: 0, tried: 1 },
    });
  });

  it("ends a call, and asks for its story once", async () => {
    const callId = await begin(pool, (await dialled(pool)).attempt);
    const { counting, asked } = countStatements(pool);
    const log = createCallLog(counting);
    await log.partBegun({ callId, name: `${callId}-1`, take: 1, part: 1 });
    asked.length = 0;
    await log.end({ id: callId, disposition: "partial", endedBy: "them", machine: null });
    expect(asked).toEqual(["end-call"]);
    const { rows } = await pool.query(
      "select task_identifier as task from graphile_worker.jobs where key = $1",
      [`keep-story:${callId}`],
    );
    expect(rows).toEqual([{ task: "keep-story" }]);
  });
});

it("keeps nothing for whoever lost the call to another", async () => {
  const { attempt } = await dialled(pool);
  const callId = await begin(pool, attempt);
  await pool.query("update attempt set owner = 'after' where id = $1", [attempt.id]);
  const before = createCallLog(pool, "before");
  await expect(before.keep(step(callId, 1))).rejects.toMatchObject({ code: "call_taken_over" });
  await expect(before.partBegun({ callId, name: `${callId}-9`, take: 1, part: 1 })).rejects.toMatchObject({
    code: "call_taken_over",
  });
  const { rows } = await pool.query(
    `select (select count(*)::int from key_press where call_id = $1) as keys,
       (select count(*)::int from story where call_id = $1) as stories`,
    [callId],
  );
  expect(rows).toEqual([{ keys: 0, stories: 0 }]);
});
