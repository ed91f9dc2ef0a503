import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CarriedOn, NewInboundCall, WaitingVisit } from "#call/incoming.ts";
import type { Campaign } from "#campaign/campaign.ts";
import type { ImportedVisit } from "#campaign/ports.ts";
import type { Effect } from "#flow/state.ts";
import { newId, newName } from "#lib/ids.ts";
import { createCallLog } from "#postgres/calls.ts";
import { createInboundBook } from "#postgres/ring-back.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  begin as beginOutbound,
  ciphers,
  dialAgain,
  dialled,
  dramaNumber,
  ending,
  flowState,
  newLedger,
  runningCampaign,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterAll(() => db.drop());

const query = async (sql: string, ...values: unknown[]) => (await pool.query(sql, values)).rows;
const owner = newName("test");
const bookOf = (name = owner) => createInboundBook(pool, name);
const ledgerOf = () => newLedger(pool, { owner });
const hash = (phone: string) => ciphers.hash("phone", phone).toString("hex");
const goOn = ({ has }: WaitingVisit): CarriedOn => ({
  ...{ flow: "fft", flowVersion: "1".repeat(64), release: null },
  state: flowState({ step: "question", answers: has.rating === null ? {} : { rating: has.rating } }),
});

async function rings(campaign: Campaign, phone: string | null, by = owner): Promise<string> {
  const call: NewInboundCall = {
    ...{ id: newId(), channelId: newName("channel"), node: "a", phone: phone && hash(phone), campaign },
    ...{
      flow: "ring-back",
      flowVersion: "0".repeat(64),
      answeredAt: new Date(),
      release: null,
      state: flowState(),
    },
  };
  await bookOf(by).begin(call);
  return call.id;
}

const press = (callId: string, sequence: number, effects: Effect[], state: object = {}) =>
  createCallLog(pool).keep({
    ...{ callId, sequence, effects, state: flowState(state) },
    key: { digit: "9", step: "greeting", pressedAt: new Date() },
  });
const hangUp = (callId: string) =>
  createCallLog(pool).end({ id: callId, disposition: "hung_up", endedBy: "them", machine: null });

/** Somebody whom we rang in vain: the visit is done, or waits for its next try. */
async function missed(phone: string, of: Partial<ImportedVisit> = {}, follows = ending().follows) {
  const call = await dialled(pool, visit({ phone, ...of }));
  await call.ledger.end(call.attempt, ending({ disposition: "no_answer", follows }));
  return call;
}
const later = { kind: "retry", at: new Date(Date.now() - 1000) } as const;
const visitRow = async (id: string) =>
  (await query("select status, disposition from visit where id = $1", id))[0];

describe("one who rings us", () => {
  it("carries on the visit of the last call, once, and completes it", async () => {
    const phone = dramaNumber(200);
    const first = await missed(phone, {}, later);
    await missed(dramaNumber(201));
    const callId = await rings(first.campaign, phone);
    const attempt = await bookOf().carryOn(callId, goOn);
    expect(attempt).toMatchObject({
      id: callId,
      visitId: first.attempt.visitId,
      reason: "ring_back",
      number: 2,
    });
    expect(await bookOf().carryOn(callId, goOn)).toBeNull();
    expect(await visitRow(first.attempt.visitId)).toEqual({ status: "calling", disposition: "no_answer" });
    expect(await query("select flow, flow_state ->> 'step' as step from call where id = $1", callId)).toEqual(
      [{ flow: "fft", step: "question" }],
    );
    await press(callId, 1, [{ kind: "answer", name: "rating", value: 2 }]);
    await hangUp(callId);
    await ledgerOf().end(attempt!, ending({ disposition: "completed" }));
    expect(
      await query(
        "select channel, disposition, rating, attempts from survey_result where visit_id = $1",
        attempt!.visitId,
      ),
    ).toEqual([{ channel: "voice", disposition: "completed", rating: 2, attempts: 1 }]);
    expect(await newLedger(pool).claim(first.campaign, 10)).toEqual([]);
    expect(await bookOf().carryOn(await rings(first.campaign, phone), goOn)).toBeNull();
  });

  it("is not rung meanwhile, by no campaign", async () => {
    const phone = dramaNumber(210);
    const campaign = await runningCampaign(pool, [visit({ phone }), visit({ phone: dramaNumber(211) })]);
    const callId = await rings(campaign, phone);
    const ledger = newLedger(pool);
    const others = await ledger.claim(campaign, 10);
    expect(
      await query(
        "select phone_hmac from visit where id = any($1)",
        others.map((a) => a.visitId),
      ),
    ).toEqual([{ phone_hmac: Buffer.from(hash(dramaNumber(211)), "hex") }]);
    await hangUp(callId);
    expect(await ledger.claim(campaign, 10)).toHaveLength(1);
  });

  it("whose call begins between the claim and the dialling is not rung, and the visit stays due", async () => {
    const phone = dramaNumber(212);
    const campaign = await runningCampaign(pool, [visit({ phone })]);
    const ledger = newLedger(pool);
    const [attempt] = await ledger.claim(campaign, 1);
    await rings(campaign, phone);
    expect(await ledger.commitToRing(attempt!, campaign, "a")).toEqual({
      kind: "refused",
      because: "on-the-line-with-us",
    });
    expect(await visitRow(attempt!.visitId)).toEqual({ status: "due", disposition: "pending" });
  });

  it("while we ring the same number, finds no question", async () => {
    const phone = dramaNumber(213);
    const { campaign } = await dialled(pool, visit({ phone }));
    await runningCampaign(pool, [visit({ phone })]);
    expect(await bookOf().carryOn(await rings(campaign, phone), goOn)).toBeNull();
  });

  it("and says nothing leaves the visit as it was", async () => {
    const due = await missed(dramaNumber(220), {}, later);
    const done = await missed(dramaNumber(221));
    for (const [call, phone, status] of [
      [due, dramaNumber(220), "due"],
      [done, dramaNumber(221), "done"],
    ] as const) {
      const attempt = await bookOf().carryOn(await rings(call.campaign, phone), goOn);
      await ledgerOf().end(attempt!, ending({ disposition: "hung_up" }));
      expect(await visitRow(call.attempt.visitId)).toEqual({ status, disposition: "no_answer" });
    }
  });

  it("after a call of which nobody knows whether it rang, is the evidence", async () => {
    const phone = dramaNumber(222);
    const call = await dialled(pool, visit({ phone }));
    await call.ledger.end(call.attempt, ending({ disposition: "unknown" }));
    const attempt = await bookOf().carryOn(await rings(call.campaign, phone), goOn);
    expect(attempt).not.toBeNull();
    expect(await query("select state from attempt where id = $1", call.attempt.id)).toEqual([
      { state: "ended" },
    ]);
  });

  it("goes on where an earlier call broke off", async () => {
    const phone = dramaNumber(223);
    const call = await dialled(pool, visit({ phone }));
    const callId = await beginOutbound(pool, call.attempt);
    await press(callId, 1, [{ kind: "answer", name: "rating", value: 4 }]);
    await call.ledger.end(call.attempt, ending({ disposition: "partial" }));
    const seen: WaitingVisit["has"][] = [];
    await bookOf().carryOn(await rings(call.campaign, phone), (waiting) => {
      seen.push(waiting.has);
      return goOn(waiting);
    });
    expect(seen).toEqual([{ rating: 4, story: false }]);
  });

  let nextNumber = 260;
  const visitIs = "from visit where id = $1";
  it.each([
    [
      "opted out",
      `insert into opt_out (trust, unit, scope, source, phone_hmac)
       select trust, unit, 'number', 'staff', phone_hmac ${visitIs}`,
    ],
    ["was asked too long ago", "update visit set expires_at = now() - interval '1 s' where id = $1"],
    ["completed", "update visit set disposition = 'completed', status = 'done' where id = $1"],
    ["declined", "update visit set disposition = 'declined', status = 'done' where id = $1"],
    ["is held", "update visit set status = 'held' where id = $1"],
    [
      "has a campaign that was stopped",
      `update campaign set status = 'stopped' where id = (select campaign_id ${visitIs})`,
    ],
    ["has no visit at all", null],
  ])("but %s has no question waiting", async (_, change) => {
    const phone = dramaNumber(nextNumber++);
    const { attempt, campaign } = await missed(phone, {}, later);
    if (change) await query(change, attempt.visitId);
    const by = change ? phone : dramaNumber(259);
    expect(await bookOf().carryOn(await rings(campaign, by), goOn)).toBeNull();
  });
});

describe("an opt-out by ringing back", () => {
  it("is the number's, keyed or shown, and no person's; it is undone with its call", async () => {
    const shown = dramaNumber(240);
    const keyed = dramaNumber(241);
    const campaign = await runningCampaign(pool, []);
    const known = await rings(campaign, shown);
    await press(known, 1, [{ kind: "opt-out" }], { confirmed: true });
    const withheld = await rings(campaign, null);
    await press(withheld, 1, [{ kind: "opt-out", number: hash(keyed) }]);
    await press(withheld, 2, [{ kind: "opt-out", number: hash(dramaNumber(242)) }]);
    const optOuts = () =>
      query(
        "select phone_hmac as phone, scope, source from opt_out where call_id = any($1) and revoked_at is null order by written_at",
        [known, withheld],
      );
    const row = (phone: string) => ({
      phone: Buffer.from(hash(phone), "hex"),
      scope: "number",
      source: "ring_back",
    });
    expect(await optOuts()).toEqual([row(shown), row(keyed), row(dramaNumber(242))]);
    await press(withheld, 3, [{ kind: "undo-opt-out" }]);
    expect(await optOuts()).toEqual([row(shown)]);
    await expect(press(await rings(campaign, null), 1, [{ kind: "opt-out" }])).rejects.toMatchObject({
      code: "opt_out_nobody",
    });
  });

  it("bars the visits of that number", async () => {
    const phone = dramaNumber(243);
    const campaign = await runningCampaign(pool, [visit({ phone })]);
    const callId = await rings(campaign, phone);
    await press(callId, 1, [{ kind: "opt-out" }]);
    await hangUp(callId);
    expect(await newLedger(pool).claim(campaign, 10)).toEqual([]);
  });
});

describe("calls to us", () => {
  it("name the campaign of the number that was rung, whoever rings", async () => {
    const one = await runningCampaign(pool, []);
    await query(
      `update campaign set settings = settings || '{"callerNumber": "+441632960777"}' where id = $1`,
      one.id,
    );
    await runningCampaign(pool, []);
    expect(await bookOf().lineOf("+441632960777")).toMatchObject({ id: one.id });
    expect((await bookOf().lineOf(null))?.id).not.toBe(one.id);
  });

  it("draw their release by the person that our own calls to them draw it by", async () => {
    const phone = dramaNumber(290);
    const { attempt } = await dialled(pool, visit({ phone }));
    expect(attempt.lot).toMatch(/^[0-9a-f]{16}$/);
    expect(await bookOf().lotOf(hash(phone))).toBe(attempt.lot);
    expect(await bookOf().lotOf("ab".repeat(32)), "of a stranger").toBe("ab".repeat(32));
  });

  it("to the number that a trust shows are its calls, whatever its campaigns say", async () => {
    const of = async (trust: string) => {
      const { id } = await runningCampaign(pool, []);
      await query("update campaign set trust = $2 where id = $1", id, trust);
      return id;
    };
    const theirs = await of("northfield");
    await of("southfield");
    const shows = (number: string) => (number === "+441632960555" ? "northfield" : null);
    const book = createInboundBook(pool, owner, shows);
    expect(await book.lineOf("+441632960555")).toMatchObject({ id: theirs, trust: "northfield" });
    expect((await book.lineOf("+441632960556"))?.trust).not.toBe("northfield");
  });

  it("of one number are counted within the hour", async () => {
    const campaign = await runningCampaign(pool, []);
    const phone = dramaNumber(250);
    for (let i = 0; i < 3; i++) await rings(campaign, phone);
    await query(
      "update call set answered_at = answered_at - interval '2 hours' where phone_hmac = $1 and id = (select min(id::text)::uuid from call where phone_hmac = $1)",
      Buffer.from(hash(phone), "hex"),
    );
    const call = { id: newId(), channelId: newName("channel"), node: "a", campaign, answeredAt: new Date() };
    const flow = { flow: "ring-back", flowVersion: "0".repeat(64), release: null, state: flowState() };
    expect(await bookOf().begin({ ...call, ...flow, phone: hash(phone) })).toBe(2);
    expect(
      await bookOf().begin({ ...call, id: newId(), channelId: newName("channel"), ...flow, phone: null }),
    ).toBe(0);
  });

  it("of a process that is no more are ended; where a visit was carried on, with its attempt", async () => {
    const dead = newName("dead");
    const phone = dramaNumber(251);
    const { campaign, attempt } = await missed(phone, {}, later);
    await newLedger(pool, { owner: dead }).renewLeases();
    const [stranger, optedOut, patient] = [
      await rings(campaign, dramaNumber(252), dead),
      await rings(campaign, dramaNumber(253), dead),
      await rings(campaign, phone, dead),
    ];
    await press(optedOut, 1, [{ kind: "opt-out" }], { marks: ["opted-out"] });
    await bookOf(dead).carryOn(patient, goOn);
    expect(await bookOf().endAbandoned()).toEqual([]);
    await query(
      "update housekeeping.instance set alive_until = now() - interval '1 s' where owner = $1",
      dead,
    );
    const abandoned = await ledgerOf().takeOverAbandoned();
    expect(abandoned).toContainEqual(
      expect.objectContaining({
        id: patient,
        reason: "ring_back",
        state: "live",
        call: expect.objectContaining({ id: patient }),
      }),
    );
    const callers = await bookOf().endAbandoned();
    const channels = await query("select channel_id from call where id = any($1)", [stranger, optedOut]);
    expect(callers.map(({ channelId }) => channelId).toSorted()).toEqual(
      channels.map(({ channel_id }) => channel_id).toSorted(),
    );
    expect(callers[0]).toMatchObject({ node: "a", recordings: [] });
    expect(await bookOf().endAbandoned(), "told once").toEqual([]);
    expect(
      await query(
        "select id, disposition, ended_by from call where id = any($1) order by array_position($1, id)",
        [stranger, optedOut, patient],
      ),
    ).toEqual([
      { id: stranger, disposition: "interrupted", ended_by: "fault" },
      { id: optedOut, disposition: "opted_out", ended_by: "fault" },
      { id: patient, disposition: null, ended_by: null },
    ]);
    await ledgerOf().end(abandoned.find(({ id }) => id === patient)!, ending({ disposition: "interrupted" }));
    expect(await visitRow(attempt.visitId)).toEqual({ status: "due", disposition: "no_answer" });
    await dialAgain(newLedger(pool), campaign).catch(() => {});
  });
});
