import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endLostCall } from "#call/lost-call.ts";
import type { CallLog } from "#call/ports.ts";
import type { Effect } from "#flow/state.ts";
import { newId } from "#lib/ids.ts";
import { callState, createCallLog } from "#postgres/calls.ts";
import { forgetVisits } from "#postgres/person-data.ts";
import { streamResults } from "#postgres/results.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { fieldsOf } from "#postgres/visit-fields.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  begin,
  ciphers,
  type Dialled,
  dialAgain,
  dialled,
  dramaNumber,
  ending,
  flowState,
  hoursAround,
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

interface Live extends Dialled {
  callId: string;
  press(digit: string, effects?: Effect[], state?: object): Promise<void>;
}

/** A call that was answered; each key is the next step. */
async function live(of = visit()): Promise<Live> {
  const call = await dialled(pool, of);
  const callId = await begin(pool, call.attempt);
  let sequence = 0;
  const press = (digit: string, effects: Effect[] = [], state: object = {}) => {
    sequence += 1;
    const key = { digit, step: "question", pressedAt: new Date() };
    return log.keep({ callId, sequence, key, state: flowState(state), effects });
  };
  return { ...call, callId, press };
}

describe("a call", () => {
  it("begins once, and only where the ledger committed to ring", async () => {
    const campaign = await runningCampaign(pool, [visit()]);
    const ledger = newLedger(pool);
    const [attempt] = await ledger.claim(campaign, 1);
    await expect(begin(pool, attempt!)).rejects.toMatchObject({ code: "call_not_committed" });
    await ledger.commitToRing(attempt!, campaign, "asterisk");
    const callId = await begin(pool, attempt!);
    await begin(pool, attempt!, { id: callId });
    expect(await query("select id from call where attempt_id = $1", attempt!.id)).toHaveLength(1);
    expect(await query("select state from attempt where id = $1", attempt!.id)).toEqual([{ state: "live" }]);
  });

  it("that nobody holds any more ends by what was kept of it", async () => {
    const parts = { log, stateOf: (callId: string) => callState(pool, callId) };
    const { callId, press } = await live();
    await press("1", [], { answers: { rating: 2 } });
    expect(await endLostCall(parts, callId)).toEqual({ disposition: "partial", callbackAt: null });
    expect(await query("select disposition, ended_by from call where id = $1", callId)).toEqual([
      { disposition: "partial", ended_by: "fault" },
    ]);
    const never = await dialled(pool);
    const interrupted = { disposition: "interrupted", callbackAt: null };
    expect(await endLostCall(parts, never.attempt.id)).toEqual(interrupted);
  });

  it("ends once, with the first ending", async () => {
    const { callId } = await live();
    await log.end({
      id: callId,
      disposition: "machine",
      endedBy: "us",
      machine: { by: "beep", falseAlarm: false },
    });
    await log.end({ id: callId, disposition: "completed", endedBy: "them", machine: null });
    expect(await query("select disposition, ended_by, machine_by from call where id = $1", callId)).toEqual([
      { disposition: "machine", ended_by: "us", machine_by: "beep" },
    ]);
    expect(await query("select from graphile_worker.jobs where key = $1", `keep-story:${callId}`)).toEqual(
      [],
    );
  });
});

describe("an answer to a question that has no column", () => {
  it("is kept under its question, the last one, and told with the result", async () => {
    const { callId, press, attempt } = await live();
    await press("1", [{ kind: "answer", name: "reply", value: "move" }]);
    await press("2", [{ kind: "answer", name: "preferredDay", value: "--12-03" }]);
    await press("3", [{ kind: "answer", name: "reply", value: "confirmed" }]);
    await press("4", [{ kind: "answer", name: "room", value: 12 }]);
    expect(
      await query("select question, value from answer where call_id = $1 order by question", callId),
    ).toEqual([
      { question: "preferredDay", value: "--12-03" },
      { question: "reply", value: "confirmed" },
      { question: "room", value: 12 },
    ]);
    const results = await Array.fromAsync(streamResults(pool));
    expect(results.find(({ visit_id }) => visit_id === attempt.visitId)?.answers).toEqual({
      ...{ preferredDay: "--12-03", reply: "confirmed", room: 12 },
    });
  });

  it("goes when its person is forgotten, but for a mere yes or no", async () => {
    const { callId, press, attempt } = await live();
    await press("1", [{ kind: "answer", name: "born", value: "1950-12-03" }], {
      answers: { born: "1950-12-03" },
    });
    await press("2", [{ kind: "answer", name: "understood", value: true }], {
      answers: { born: "1950-12-03", understood: true },
    });
    await inTransaction(pool, (tx) => forgetVisits(tx, "id = $1", [attempt.visitId]));
    expect(await query("select question from answer where call_id = $1", callId)).toEqual([
      { question: "understood" },
    ]);
    expect(await query("select flow_state::text as state from call where id = $1", callId)).toEqual([
      { state: expect.not.stringContaining("1950") },
    ]);
  });
});

describe("the columns kept of a visit's row", () => {
  it("are there for its call", async () => {
    const { attempt } = await live(visit({ extra: { appointment: "2026-12-03 10:30" } }));
    expect(await fieldsOf(pool, ciphers, attempt.visitId)).toEqual({ appointment: "2026-12-03 10:30" });
    const other = await live();
    expect(await fieldsOf(pool, ciphers, other.attempt.visitId)).toEqual({});
  });
});

describe("a key press", () => {
  it("is kept with its state and its effects, once, in its place", async () => {
    const { callId, press } = await live();
    await press("1", [{ kind: "answer", name: "rating", value: 1 }], { step: "read-back" });
    const late = { digit: "6", step: "question", pressedAt: new Date() };
    const effects: Effect[] = [{ kind: "answer", name: "rating", value: 6 }];
    await log.keep({ callId, sequence: 1, key: late, state: flowState({ step: "story" }), effects });
    expect(await query("select sequence, digit from key_press where call_id = $1", callId)).toEqual([
      { sequence: 1, digit: "1" },
    ]);
    expect(
      await query("select rating, flow_state ->> 'step' as step from call where id = $1", callId),
    ).toEqual([{ rating: 1, step: "read-back" }]);
  });

  it("leaves nothing where one of its effects fails", async () => {
    const { callId, press } = await live();
    await expect(press("8", [{ kind: "answer", name: "rating", value: 8 }])).rejects.toThrow(
      /check constraint/,
    );
    await expect(press("8", [{ kind: "answer", name: "rating", value: true }])).rejects.toMatchObject({
      code: "answer_type",
    });
    expect(await query("select from key_press where call_id = $1", callId)).toEqual([]);
  });

  it("of an unknown call is refused; a silence is a step without a key", async () => {
    const step = { sequence: 1, key: null, state: flowState({ step: "welcome" }), effects: [] };
    await expect(log.keep({ ...step, callId: newId() })).rejects.toMatchObject({ code: "call_missing" });
    const { callId } = await live();
    await log.keep({ ...step, callId });
    expect(await query("select sequence from call where id = $1", callId)).toEqual([{ sequence: 1 }]);
  });

  it("that another process has taken over is not touched by the one before", async () => {
    const { callId, ledger, attempt } = await live();
    const ours = createCallLog(pool, ledger.lease.owner);
    const step = { callId, key: null, effects: [] };
    await ours.keep({ ...step, sequence: 1, state: flowState({ step: "welcome" }) });
    await query("update attempt set owner = 'another' where id = $1", attempt.id);
    const taken = { code: "call_taken_over" };
    await expect(ours.keep({ ...step, sequence: 2, state: flowState() })).rejects.toMatchObject(taken);
    const part = { callId, name: `hb-${callId}-1-1`, take: 1, part: 1 };
    await expect(ours.partBegun(part)).rejects.toMatchObject(taken);
    const other = createCallLog(pool, "another");
    await other.partBegun(part);
    await ours.partEnded({ name: part.name, durationMs: 1_000, speechMs: 0 });
    await ours.end({ id: callId, disposition: "interrupted", endedBy: "fault", machine: null });
    await other.keep({ ...step, sequence: 2, state: flowState({ step: "question" }) });
    expect(
      await query(
        `select k.sequence, k.ended_at, k.flow_state ->> 'step' as step, r.state
         from call k join recording r on r.call_id = k.id where k.id = $1`,
        callId,
      ),
    ).toEqual([{ sequence: 2, ended_at: null, step: "question", state: "recording" }]);
  });

  it("may give consent, or decline", async () => {
    const { callId, press } = await live();
    await press("1", [{ kind: "answer", name: "shareConsent", value: true }]);
    await press("3", [{ kind: "declined" }]);
    expect(await query("select share_consent, declined from call where id = $1", callId)).toEqual([
      { share_consent: true, declined: true },
    ]);
  });
});

describe("key 9", () => {
  const phone = dramaNumber(100);
  /** What happens to other visits after the key: of the same number, and of the same person at another number. */
  async function claimable(person: string): Promise<string[]> {
    const campaign = await runningCampaign(pool, [
      visit({ visitRef: "same number", phone, person: "somebody else" }),
      visit({ visitRef: "same person", phone: dramaNumber(101), person }),
    ]);
    const attempts = await newLedger(pool).claim(campaign, 10);
    const rows = await query(
      "select visit_ref from visit where id = any($1)",
      attempts.map((a) => a.visitId),
    );
    return rows.map((row) => row.visit_ref).sort();
  }

  it("ends surveys for the number, and for the person too once key 1 confirmed them", async () => {
    const unconfirmed = await live(visit({ phone, person: "nhs-a" }));
    await unconfirmed.press("9", [{ kind: "opt-out" }], { confirmed: false });
    await unconfirmed.ledger.end(unconfirmed.attempt, ending({ disposition: "opted_out" }));
    expect(await claimable("nhs-a")).toEqual(["same person"]);
    await query("update opt_out set revoked_at = now()");
    await query(
      "update attempt set state = 'ended', disposition = 'failed', ended_at = now() where state = 'intent'",
    );
    const confirmed = await live(visit({ phone, person: "nhs-b" }));
    await confirmed.press("9", [{ kind: "opt-out" }], { confirmed: true });
    await confirmed.ledger.end(confirmed.attempt, ending({ disposition: "opted_out" }));
    expect(await claimable("nhs-b")).toEqual([]);
  });

  it("pressed by mistake is undone, and can be pressed again", async () => {
    const { callId, press } = await live();
    const inForce = () =>
      query("select scope from opt_out where call_id = $1 and revoked_at is null", callId);
    await press("9", [{ kind: "opt-out" }], { confirmed: true });
    expect(await inForce()).toHaveLength(2);
    await press("1", [{ kind: "undo-opt-out" }], { confirmed: true });
    expect(await inForce()).toEqual([]);
    await press("9", [{ kind: "opt-out" }], { confirmed: false });
    expect(await inForce()).toEqual([{ scope: "number" }]);
    expect(await query("select from opt_out where call_id = $1", callId)).toHaveLength(3);
  });

  it("settles a visit that is due, and survives another import", async () => {
    const number = dramaNumber(102);
    const opted = await live(visit({ phone: number }));
    await importVisits(pool, opted.campaign.id, [visit({ visitRef: "waiting", phone: number })]);
    await opted.press("9", [{ kind: "opt-out" }]);
    await opted.ledger.end(opted.attempt, ending({ disposition: "opted_out" }));
    expect(await opted.ledger.claim(opted.campaign, 10)).toEqual([]);
    const later = await runningCampaign(pool, [visit({ visitRef: "later list", phone: number })]);
    expect(await opted.ledger.claim(later, 10)).toEqual([]);
    const refs = ["waiting", "later list"];
    expect(await query("select disposition, status from visit where visit_ref = any($1)", refs)).toEqual([
      { disposition: "suppressed", status: "done" },
      { disposition: "suppressed", status: "done" },
    ]);
  });
});

describe("the wrong person", () => {
  it("ends that pair of person and number, and reports a fault in the data", async () => {
    const phone = dramaNumber(110);
    const { press, attempt, ledger } = await live(visit({ phone, person: "nhs-c" }));
    await press("4", [{ kind: "wrong-person" }]);
    await ledger.end(attempt, ending({ disposition: "wrong_person" }));
    expect(await query("select data_fault from visit where id = $1", attempt.visitId)).toEqual([
      { data_fault: "wrong_person" },
    ]);
    const campaign = await runningCampaign(pool, [
      visit({ visitRef: "pair", phone, person: "nhs-c" }),
      visit({ visitRef: "other person", phone, person: "nhs-d" }),
      visit({ visitRef: "other number", phone: dramaNumber(111), person: "nhs-c" }),
    ]);
    expect(await ledger.claim(campaign, 10)).toHaveLength(2);
    expect(await query("select disposition from visit where visit_ref = 'pair'")).toEqual([
      { disposition: "suppressed" },
    ]);
  });
});

describe("a callback", () => {
  const at = (seconds: number) => new Date(Date.now() + seconds * 1000);
  const promises = (visitId: string) =>
    query("select state, tries from callback where visit_id = $1 order by asked_at, id", visitId);

  /** Asked for in a first call, due now. */
  async function promised(): Promise<Live> {
    const call = await live();
    await call.press("2", [{ kind: "callback", at: at(3600).toISOString() }]);
    await call.press("1", [{ kind: "callback", at: at(0).toISOString() }]);
    await log.end({ id: call.callId, disposition: "callback", endedBy: "us", machine: null });
    const follows = { kind: "callback", at: at(-1), again: false } as const;
    await call.ledger.end(call.attempt, ending({ disposition: "callback", follows }));
    return call;
  }

  it("is a promise: the last time chosen, shown as due, and called first", async () => {
    const { attempt, ledger, campaign } = await promised();
    expect(await promises(attempt.visitId)).toEqual([
      { state: "withdrawn", tries: 0 },
      { state: "promised", tries: 0 },
    ]);
    const row = await resultRow(pool, attempt);
    expect(row).toMatchObject({ disposition: "callback", callback_due: expect.any(Date) });
    const again = await dialAgain(ledger, campaign);
    expect(again).toMatchObject({ reason: "callback", again: false, number: 2 });
    await ledger.end(again, ending({ promise: "kept" }));
    expect((await promises(attempt.visitId))[1]).toEqual({ state: "kept", tries: 1 });
    expect(await resultRow(pool, attempt)).toMatchObject({ disposition: "completed", callback_due: null });
  });

  it("begins in the language that was chosen by key, and is taken over in it", async () => {
    const { ledger, campaign, attempt } = await dialled(pool, visit({ language: "en-GB" }));
    expect(attempt.language).toBe("en-GB");
    const callId = await begin(pool, attempt);
    const due = new Date(Date.now() - 1_000);
    await log.keep({
      ...{ callId, sequence: 1, key: { digit: "2", step: "choose", pressedAt: new Date() } },
      ...{ state: flowState({ language: "cy-GB" }), effects: [{ kind: "callback", at: due.toISOString() }] },
    });
    await log.end({ id: callId, disposition: "callback", endedBy: "us", machine: null });
    const follows = { kind: "callback", at: due, again: false } as const;
    await ledger.end(attempt, ending({ disposition: "callback", follows }));
    const promised = await dialAgain(ledger, campaign);
    expect(promised).toMatchObject({ reason: "callback", language: "cy-GB" });
    await pool.query("update housekeeping.instance set dead_at = now() where owner = $1", [
      ledger.lease.owner,
    ]);
    const taken = await newLedger(pool).takeOverAbandoned();
    expect(taken.find(({ id }) => id === promised.id)).toMatchObject({ language: "cy-GB" });
  });

  it("that is not answered stays a promise, and is tried once more", async () => {
    const { attempt, ledger, campaign } = await promised();
    const first = await dialAgain(ledger, campaign);
    const follows = { kind: "callback", at: at(-1), again: true } as const;
    await ledger.end(first, ending({ disposition: "no_answer", follows }));
    expect((await promises(attempt.visitId))[1]).toEqual({ state: "promised", tries: 1 });
    const second = await dialAgain(ledger, campaign);
    expect(second).toMatchObject({ reason: "callback", again: true, number: 3 });
    await ledger.end(second, ending({ disposition: "no_answer", promise: "broken" }));
    expect((await promises(attempt.visitId))[1]).toEqual({ state: "broken", tries: 2 });
  });

  it("asked for in a callback keeps the first promise and makes a second", async () => {
    const { attempt, ledger, campaign } = await promised();
    const again = await dialAgain(ledger, campaign);
    const callId = await begin(pool, again);
    const effects: Effect[] = [{ kind: "callback", at: at(60).toISOString() }];
    await log.keep({ callId, sequence: 1, key: null, state: flowState(), effects });
    const follows = { kind: "callback", at: at(60), again: false } as const;
    await ledger.end(again, ending({ disposition: "callback", follows, promise: "kept" }));
    expect((await promises(attempt.visitId)).slice(1)).toEqual([
      { state: "kept", tries: 1 },
      { state: "promised", tries: 0 },
    ]);
  });

  it("is withdrawn by whoever opts out after asking for it", async () => {
    const { attempt, press, ledger } = await live();
    await press("2", [{ kind: "callback", at: at(60).toISOString() }]);
    await press("9", [{ kind: "opt-out" }]);
    await ledger.end(attempt, ending({ disposition: "opted_out" }));
    expect(await promises(attempt.visitId)).toEqual([{ state: "withdrawn", tries: 0 }]);
  });

  it("is not made outside the permitted instants", async () => {
    const { ledger, campaign } = await promised();
    await ledger.writePermittedSpans(campaign.id, [hoursAround(at(7200))]);
    expect(await ledger.claim(campaign, 1)).toEqual([]);
  });
});
