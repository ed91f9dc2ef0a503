/** One call, two processes that saw its end, and what each wrote comes in whatever order: the ending that says more stands. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildAnswers } from "#app-answers.ts";
import type { Disposition } from "#call/disposition.ts";
import type { CallStep } from "#call/ports.ts";
import type { CallWrite } from "#call/spool.ts";
import { settleAgain } from "#campaign/settle-again.ts";
import type { Effect } from "#flow/state.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { newId, newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { campaignById } from "#postgres/campaigns.ts";
import { cutOffAttempts } from "#postgres/left-behind.ts";
import { createReplay } from "#postgres/replay.ts";
import { verify } from "#verify/verify.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { ciphers, type Dialled, dialled, ending, flowState, newLedger } from "../support/survey.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db?.drop());

interface Seen {
  disposition: Disposition;
  endedBy: "us" | "them" | "fault";
}

/** The retry that each of these would have. */
const endingOf = ({ disposition }: Seen) =>
  disposition === "interrupted"
    ? ending({ disposition, cause: 0, sipCode: null, follows: { kind: "retry", at: new Date() } })
    : ending({ disposition, contact: true });

/** A call that somebody answered. */
async function answered(): Promise<Dialled> {
  const on = await dialled(db.pool);
  await createCallLog(db.pool).begin({
    ...{ id: on.attempt.id, attemptId: on.attempt.id, flow: "fft", flowVersion: "0".repeat(64) },
    ...{ release: null, answeredAt: new Date(), state: flowState() },
  });
  return on;
}

async function endInTime({ ledger, attempt }: Dialled, seen: Seen): Promise<void> {
  await createCallLog(db.pool).end({ id: attempt.id, ...seen, machine: null });
  await ledger.end(attempt, endingOf(seen));
}

/** Out of the spool of another process. */
async function endLate({ attempt }: Dialled, seen: Seen): Promise<void> {
  const replay = createReplay(db.pool, newName("late"));
  const take = (write: CallWrite) => replay.take({ id: newId(), at: clock.now(), write });
  await take({ kind: "end", call: { id: attempt.id, ...seen, machine: null } });
  await take({ kind: "attempt-end", attempt, ending: endingOf(seen) });
}

async function standing({ attempt }: Dialled) {
  const { rows } = await db.pool.query(
    `select a.state, a.disposition, k.disposition as call, k.ended_by as "endedBy", v.status,
       v.disposition as visit, v.attempts
     from attempt a join visit v on v.id = a.visit_id join call k on k.attempt_id = a.id where a.id = $1`,
    [attempt.id],
  );
  return rows[0];
}

const lostSight: Seen = { disposition: "interrupted", endedBy: "fault" };
const seen: Seen[] = [
  { disposition: "hung_up", endedBy: "them" },
  { disposition: "no_response", endedBy: "us" },
  { disposition: "partial", endedBy: "fault" },
  { disposition: "completed", endedBy: "us" },
  { disposition: "declined", endedBy: "them" },
  { disposition: "opted_out", endedBy: "us" },
];
const known = ({ disposition, endedBy }: Seen) => ({
  ...{ state: "ended", disposition, call: disposition, endedBy, status: "done", visit: disposition },
  attempts: 1,
});

describe("of a call that one process saw end and another lost sight of", () => {
  it.each(seen)("what was seen stands, though the other writes late: $disposition", async (how) => {
    const on = await answered();
    await endInTime(on, how);
    await endLate(on, lostSight);
    expect(await standing(on)).toEqual(known(how));
  });

  it.each(seen)("what was seen comes late, and stands: $disposition", async (how) => {
    const on = await answered();
    await endInTime(on, lostSight);
    expect(await standing(on)).toMatchObject({ status: "due", visit: "interrupted" });
    for (const _ of ["once", "and again"]) await endLate(on, how);
    expect(await standing(on)).toEqual(known(how));
  });

  it.each(["early", "late"])(
    "what was said stands beside an end that was seen without it, written %s",
    async (when) => {
      const on = await answered();
      const heard: Seen = { disposition: "partial", endedBy: "fault" };
      const hungUp: Seen = { disposition: "hung_up", endedBy: "them" };
      await endInTime(on, when === "early" ? hungUp : heard);
      await endLate(on, when === "early" ? heard : hungUp);
      expect(await standing(on)).toEqual(known({ disposition: "partial", endedBy: "them" }));
    },
  );

  it("a wish stands beside whatever was answered", async () => {
    const on = await answered();
    await endInTime(on, { disposition: "opted_out", endedBy: "us" });
    await endLate(on, { disposition: "partial", endedBy: "them" });
    expect(await standing(on)).toEqual(known({ disposition: "opted_out", endedBy: "us" }));
  });
});

describe("a rating kept in a spool, while another went on with the call", () => {
  type On = Dialled & { taker: ReturnType<typeof newLedger> };
  const replayOf = ({ ledger }: Dialled) => createReplay(db.pool, ledger.lease.owner);
  const rates = (sequence: number, digit: string, effects = [rated(Number(digit))]): CallStep => ({
    ...{ callId: "", sequence, key: { digit, step: "question", pressedAt: new Date() }, effects },
    state: flowState({ step: "read-back", answers: { rating: Number(digit) } }),
  });
  const rated = (value: number): Effect => ({ kind: "answer", name: "rating", value });

  /** Its first key was kept in time; then the other had it. */
  async function takenOver(): Promise<On> {
    const on = await answered();
    const log = createCallLog(db.pool, on.ledger.lease.owner);
    const key = { digit: "1", step: "greeting", pressedAt: new Date() };
    await log.keep({
      ...{ callId: on.attempt.id, sequence: 1, key },
      ...{ state: flowState(), effects: [] },
    });
    const taker = newLedger(db.pool);
    await db.pool.query("update attempt set owner = $2 where id = $1", [on.attempt.id, taker.lease.owner]);
    return { ...on, taker };
  }
  const presses = ({ attempt, taker }: On, step: CallStep) =>
    createCallLog(db.pool, taker.lease.owner).keep({ ...step, callId: attempt.id });
  const comesLate = (on: On, step: CallStep) =>
    replayOf(on).take({
      id: newId(),
      at: clock.now(),
      write: { kind: "keep", step: { ...step, callId: on.attempt.id } },
    });
  const settled = (on: On) =>
    settleAgain(
      {
        ...{ replay: replayOf(on), clock, log: silentLogger, campaign: (id) => campaignById(db.pool, id) },
        cutOff: (ids) => cutOffAttempts(db.pool, ids),
      },
      [],
    );
  const ratingOf = async ({ attempt }: On) =>
    (await db.pool.query("select rating from call where id = $1", [attempt.id])).rows[0].rating;
  async function keysHold() {
    const all = await verify({ pool: db.pool, storyFolder: null, settled: true, now: new Date() }, () => {});
    expect(all.find(({ name }) => name === "I5")).toMatchObject({ rows: [] });
  }

  it.each<[string, Seen]>([
    ["hung up", { disposition: "hung_up", endedBy: "them" }],
    ["was lost", lostSight],
    ["heard nothing", { disposition: "no_response", endedBy: "us" }],
  ])("stands where the caller then %s, and nobody is rung again", async (_, how) => {
    for (const when of ["before", "after"]) {
      const on = await takenOver();
      if (when === "before") await comesLate(on, rates(2, "4"));
      await endInTime({ ...on, ledger: on.taker }, how);
      if (when === "after") await comesLate(on, rates(2, "4"));
      await settled(on);
      expect(await ratingOf(on)).toBe(4);
      expect(await standing(on)).toMatchObject({ disposition: "partial", status: "done", visit: "partial" });
    }
    await keysHold();
  });

  it("gives way to what was answered since, and to nothing else", async () => {
    const on = await takenOver();
    await presses(on, rates(2, "2"));
    await comesLate(on, rates(2, "4"));
    expect(await ratingOf(on)).toBe(2);
    const unanswered = await takenOver();
    await comesLate(unanswered, rates(2, "4"));
    await comesLate(unanswered, rates(4, "5"));
    expect(await ratingOf(unanswered), "the last that was pressed").toBe(5);
    await presses(unanswered, rates(2, "1"));
    expect(await ratingOf(unanswered)).toBe(1);
    for (const each of [on, unanswered])
      await endInTime({ ...each, ledger: each.taker }, { disposition: "partial", endedBy: "them" });
    await keysHold();
  });

  it("is a promise where a time was chosen, and it is kept though the caller then hung up", async () => {
    const at = new Date(Date.now() + 3_600_000);
    const chooses: CallStep = {
      ...rates(2, "2", [{ kind: "callback", at: at.toISOString() }]),
      state: flowState({ callback: { at: at.toISOString() } }),
    };
    for (const when of ["before", "after"]) {
      const on = await takenOver();
      if (when === "before") await comesLate(on, { ...chooses, key: { ...chooses.key!, step: "choose" } });
      await endInTime({ ...on, ledger: on.taker }, { disposition: "hung_up", endedBy: "them" });
      if (when === "after") await comesLate(on, { ...chooses, key: { ...chooses.key!, step: "choose" } });
      await settled(on);
      expect(await standing(on)).toMatchObject({ disposition: "callback", status: "due", visit: "callback" });
      const { rows } = await db.pool.query(
        `select b.state, b.due, v.not_before, v.next_reason from callback b join visit v on v.id = b.visit_id
         where v.id = $1`,
        [on.attempt.visitId],
      );
      expect(rows).toEqual([{ state: "promised", due: at, not_before: at, next_reason: "callback" }]);
    }
  });

  it("is no promise any more where the person was spoken to again since", async () => {
    const on = await takenOver();
    await endInTime({ ...on, ledger: on.taker }, lostSight);
    await db.pool.query(
      `with again as (select gen_random_uuid() as id)
       insert into attempt select (jsonb_populate_record(null::attempt, to_jsonb(a) || jsonb_build_object(
         'id', again.id, 'number', a.number + 1, 'channel_id', 'hb-' || again.id))).* from attempt a, again where a.id = $1`,
      [on.attempt.id],
    );
    const at = new Date(Date.now() + 3_600_000).toISOString();
    await comesLate(on, rates(2, "2", [{ kind: "callback", at }]));
    const { rows } = await db.pool.query("select from callback where visit_id = $1", [on.attempt.visitId]);
    expect(rows).toEqual([]);
  });

  it("is missed by verify where it is not the answer", async () => {
    const on = await takenOver();
    await comesLate(on, rates(2, "4", []));
    await expect(keysHold()).rejects.toThrow();
    await db.pool.query("delete from key_press where call_id = $1", [on.attempt.id]);
  });
});

describe("whoever stood still, and lost the call to another meanwhile", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearback-late-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What process `of` writes of it, the database being there. */
  async function writing({ ledger }: Dialled) {
    const { owner } = ledger.lease;
    const settings = { databaseUrl: db.ownerUrl, spoolFolder: join(folder, owner), storyFolder: folder };
    return buildAnswers({ settings, owner, ciphers, ledger, logger: silentLogger });
  }
  const takenFrom = async ({ attempt }: Dialled) => {
    const taker = newLedger(db.pool);
    await db.pool.query("update attempt set owner = $2 where id = $1", [attempt.id, taker.lease.owner]);
    return taker;
  };

  it("tells the hang-up that it saw all the same, and who concluded less is not heard", async () => {
    const on = await answered();
    const taker = await takenFrom(on);
    const { writes, close } = await writing(on);
    const hungUp: Seen = { disposition: "hung_up", endedBy: "them" };
    await writes.log.end({ id: on.attempt.id, ...hungUp, machine: null });
    await writes.endAttempt(on.attempt, endingOf(hungUp));
    expect(await standing(on)).toEqual(known(hungUp));
    await endInTime({ ...on, ledger: taker }, lostSight);
    expect(await standing(on)).toEqual(known(hungUp));
    await writes.stop();
    await close();
  });

  it("ends nothing by having lost sight of it", async () => {
    const on = await answered();
    await takenFrom(on);
    const { writes, close } = await writing(on);
    await writes.log.end({ id: on.attempt.id, ...lostSight, machine: null });
    await writes.endAttempt(on.attempt, endingOf(lostSight));
    expect(await standing(on)).toMatchObject({ state: "live", call: null, status: "calling" });
    await writes.stop();
    await close();
  });

  it("tells the network's word of a call that nobody answered", async () => {
    const on = await dialled(db.pool);
    await takenFrom(on);
    const { writes, close } = await writing(on);
    await writes.endAttempt(on.attempt, ending({ disposition: "busy", cause: 17, sipCode: 486 }));
    const { rows } = await db.pool.query("select state, disposition from attempt where id = $1", [
      on.attempt.id,
    ]);
    expect(rows).toEqual([{ state: "ended", disposition: "busy" }]);
    await writes.stop();
    await close();
  });
});

it("an answer to a call that the network's log had given up: who answered is not rung again", async () => {
  const on = await answered();
  await on.ledger.end(
    on.attempt,
    ending({ disposition: "no_answer", follows: { kind: "retry", at: new Date() } }),
  );
  await endLate(on, { disposition: "hung_up", endedBy: "them" });
  expect(await standing(on)).toEqual(known({ disposition: "hung_up", endedBy: "them" }));
});
