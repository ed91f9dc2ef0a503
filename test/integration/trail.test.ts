/** The trail of a call in Postgres: written with its end, in one statement; pieced together where nobody tells it. */
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallStep } from "#call/ports.ts";
import type { TrailStep } from "#call/trail.ts";
import { newId } from "#lib/ids.ts";
import { createCallLog } from "#postgres/calls.ts";
import { createReplay } from "#postgres/replay.ts";
import { countStatements } from "../support/count-statements.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, dialled, flowState, newLedger } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterAll(() => db.drop());

const stay = (sequence: number, step: string, leftBy: string): TrailStep => ({
  ...{ sequence, flow: "fft", step, language: "en-GB", leftBy },
  ...{ enteredMs: sequence * 1_000, leftMs: sequence * 1_000 + 900 },
});
const trail = [stay(1, "opening", "otherwise"), stay(2, "greeting", "key 1"), stay(3, "welcome", "hang-up")];
const written = async (callId: string) =>
  (
    await pool.query(
      `select s.sequence, s.step, s.entered_ms, s.left_ms, s.left_by from call_step s join call k on k.id = s.call_id
       where k.id = $1 and s.answered_at = k.answered_at and (s.trust, s.unit) = (k.trust, k.unit) order by 1`,
      [callId],
    )
  ).rows.map(({ sequence, step, entered_ms, left_ms, left_by }) => [
    sequence,
    step,
    entered_ms,
    left_ms,
    left_by,
  ]);

async function live(owner: string | null = null) {
  const { attempt, ledger } = await dialled(pool);
  const answeredAt = new Date(Date.now() - 60_000);
  const callId = await begin(pool, attempt, { answeredAt });
  const log = createCallLog(pool, owner);
  const keep = (
    sequence: number,
    next: string,
    key: { digit: string; step: string; afterMs: number } | null = null,
  ) => {
    const pressedAt = new Date(answeredAt.getTime() + (key?.afterMs ?? 0));
    const step: CallStep = {
      callId,
      sequence,
      key: key && { ...key, pressedAt },
      state: flowState({ step: next }),
      effects: [],
    };
    return log.keep(step);
  };
  const end = (steps?: TrailStep[], endedBy: "them" | "fault" = "them") =>
    log.end({
      id: callId,
      disposition: "partial",
      endedBy,
      machine: null,
      ...(steps ? { trail: steps } : {}),
    });
  return { callId, attempt, ledger, log, keep, end };
}

describe("the trail of a call in the database", () => {
  it("is there with the end of the call, and once", async () => {
    const { callId, keep, end } = await live();
    await keep(1, "welcome", { digit: "1", step: "greeting", afterMs: 5_000 });
    await end(trail);
    await end([stay(1, "another", "next")]);
    expect(await written(callId)).toEqual([
      [1, "opening", 1_000, 1_900, "otherwise"],
      [2, "greeting", 2_000, 2_900, "key 1"],
      [3, "welcome", 3_000, 3_900, "hang-up"],
    ]);
  });

  it("names the release that the call was held by", async () => {
    await pool.query(
      `insert into housekeeping.release (number, state, share, digest, note, author_kind, author_id)
       values (7, 'live', 1, 'none', 'a test', 'command', 'test')`,
    );
    const { callId, end } = await live();
    await pool.query("update call set release = 7 where id = $1", [callId]);
    await end(trail);
    const { rows } = await pool.query("select distinct release from call_step where call_id = $1", [callId]);
    expect(rows).toEqual([{ release: 7 }]);
  });

  it("costs a call no statement more than its end did", async () => {
    const { callId, log } = await live();
    const { counting, asked } = countStatements(pool);
    await createCallLog(counting).end({
      id: callId,
      disposition: "partial",
      endedBy: "them",
      machine: null,
      trail,
    });
    expect(asked).toEqual(["end-call"]);
    expect(await written(callId)).toHaveLength(3);
    await log.end({ id: callId, disposition: "partial", endedBy: "them", machine: null });
  });

  it("is what its keys and its last state tell, where the call died", async () => {
    const { callId, keep, end } = await live();
    await keep(1, "greeting", { digit: "7", step: "greeting", afterMs: 4_000 });
    await keep(2, "welcome", { digit: "1", step: "greeting", afterMs: 6_000 });
    await keep(3, "question");
    await keep(4, "story", { digit: "2", step: "question", afterMs: 20_000 });
    await end(undefined, "fault");
    expect(await written(callId)).toEqual([
      [2, "greeting", null, 6_000, "key 1"],
      [4, "question", null, 20_000, "key 2"],
      [5, "story", null, null, null],
    ]);
  });

  it("of a call that changed hands is pieced together up to there", async () => {
    const { callId, attempt, keep } = await live();
    await keep(1, "welcome", { digit: "1", step: "greeting", afterMs: 6_000 });
    await keep(2, "question");
    await pool.query("update attempt set owner = 'another' where id = $1", [attempt.id]);
    const late = createCallLog(pool, newLedger(pool).lease.owner);
    await late.end({ id: callId, disposition: "interrupted", endedBy: "fault", machine: null, trail });
    expect(await written(callId), "who lost it writes nothing").toEqual([]);
    await createCallLog(pool, "another").end({
      ...{ id: callId, disposition: "partial", endedBy: "them", machine: null },
      trail: [stay(3, "question", "key 2"), stay(4, "story", "hang-up")],
    });
    expect((await written(callId)).map(([sequence, step, , , by]) => [sequence, step, by])).toEqual([
      [1, "greeting", "key 1"],
      [3, "question", "key 2"],
      [4, "story", "hang-up"],
    ]);
  });

  it("comes out of the spool as it was, in place of what was concluded meanwhile, however often", async () => {
    const { callId, keep, end } = await live();
    await keep(1, "welcome", { digit: "1", step: "greeting", afterMs: 6_000 });
    await end(undefined, "fault");
    expect(await written(callId)).toHaveLength(2);
    const call = { id: callId, disposition: "partial", endedBy: "them", machine: null, trail } as const;
    const replay = createReplay(pool, "test");
    const spooled = JSON.parse(JSON.stringify({ id: newId(), write: { kind: "end", call } }));
    for (let n = 0; n < 2; n += 1) await replay.take({ ...spooled, at: new Date() });
    expect((await written(callId)).map(([, step]) => step)).toEqual(["opening", "greeting", "welcome"]);
  });

  it("is kept from every user of the pages as rows, and tells no key to them", async () => {
    const client = await pool.connect();
    await client.query("begin; set local role hearback_room");
    await expect(client.query("select from call_step")).rejects.toMatchObject({ code: "42501" });
    await client.query("rollback");
    client.release();
  });
});
