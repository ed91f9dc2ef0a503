/** What a caller waits for is one statement, and nothing of it is done in the name of one who lost the call. */
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Effect } from "#flow/state.ts";
import { createCallLog } from "#postgres/calls.ts";
import { countStatements } from "../support/count-statements.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, dialled, flowState } from "../support/survey.ts";

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
