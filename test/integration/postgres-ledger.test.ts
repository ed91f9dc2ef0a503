import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newName } from "#lib/ids.ts";
import { pauseCampaign, stopCampaign } from "#postgres/campaigns.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  begin,
  dialAgain,
  dialled,
  dramaNumber,
  ending,
  hoursAround,
  importVisits,
  newLedger,
  resultRow,
  runningCampaign,
  settings,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const state = async (table: "attempt" | "visit", id: string) => {
  const column = table === "attempt" ? "state" : "status";
  const { rows } = await db.pool.query(`select ${column} as state from ${table} where id = $1`, [id]);
  return rows[0]?.state;
};
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);

describe("claiming", () => {
  it("takes the longest waiting first, as first attempts, and each visit once", async () => {
    const campaign = await runningCampaign(db.pool, [visit({ visitRef: "A" }), visit({ visitRef: "B" })]);
    const ledger = newLedger(db.pool);
    const [first] = await ledger.claim(campaign, 1);
    expect(first).toMatchObject({ number: 1, reason: "first", counted: 0, uncountedInARow: 0, again: false });
    expect(await resultRow(db.pool, first!)).toMatchObject({ visit_ref: "A", disposition: "pending" });
    expect(await ledger.claim(campaign, 10)).toHaveLength(1);
    expect(await ledger.claim(campaign, 10)).toEqual([]);
    expect(await ledger.look(campaign.id)).toEqual({ inFlight: 2, due: false });
  });

  it("takes promised calls before all others, and no visit before its time", async () => {
    const campaign = await runningCampaign(db.pool, [visit(), visit(), visit({ visitRef: "promised" })]);
    await db.pool.query(
      "update visit set next_reason = 'callback', not_before = clock_timestamp() where visit_ref = 'promised'",
    );
    const ledger = newLedger(db.pool);
    const [first] = await ledger.claim(campaign, 1);
    expect(first).toMatchObject({ reason: "callback" });
    await db.pool.query("update visit set not_before = now() + interval '1 hour' where status = 'due'");
    expect(await ledger.claim(campaign, 10)).toEqual([]);
  });

  it("passes over a visit that somebody else is changing just now", async () => {
    const campaign = await runningCampaign(db.pool, [
      visit({ visitRef: "held" }),
      visit({ visitRef: "free" }),
    ]);
    const claimed = await inTransaction(db.pool, async (tx) => {
      await tx.query("select from visit where campaign_id = $1 and visit_ref = 'held' for update", [
        campaign.id,
      ]);
      return newLedger(db.pool).claim(campaign, 10);
    });
    expect(claimed).toHaveLength(1);
    expect(await resultRow(db.pool, claimed[0]!)).toMatchObject({ visit_ref: "free" });
  });

  it("takes one visit a number, over all campaigns", async () => {
    const phone = dramaNumber(1);
    const one = await runningCampaign(db.pool, [visit({ phone }), visit({ phone })]);
    const other = await runningCampaign(db.pool, [visit({ phone })]);
    const ledger = newLedger(db.pool);
    const [attempt] = await ledger.claim(one, 10);
    expect(await ledger.claim(one, 10)).toEqual([]);
    expect(await ledger.claim(other, 10)).toEqual([]);
    await ledger.commitToRing(attempt!, one, "asterisk");
    await ledger.end(attempt!, ending());
    expect(await ledger.claim(other, 10)).toHaveLength(1);
  });

  it("takes nothing of a campaign that is paused, stopped, or outside its permitted instants", async () => {
    const campaign = await runningCampaign(db.pool, [visit()]);
    const ledger = newLedger(db.pool);
    await ledger.writePermittedSpans(campaign.id, [hoursAround(inSeconds(7200))]);
    expect(await ledger.claim(campaign, 10)).toEqual([]);
    await ledger.writePermittedSpans(campaign.id, [hoursAround(new Date())]);
    await pauseCampaign(db.pool, campaign.name);
    expect(await ledger.claim(campaign, 10)).toEqual([]);
    await stopCampaign(db.pool, campaign.name);
    expect(await ledger.claim(campaign, 10)).toEqual([]);
  });

  it("leaves no visit out and takes none twice with sixteen claimers on 2,000 visits of 60 numbers", async () => {
    const crowd = await createTestDatabase({ maxConnections: 20 });
    try {
      const campaign = await runningCampaign(crowd.pool);
      for (let n = 0; n < 2000; n += 1000) {
        const list = Array.from({ length: 1000 }, (_, i) =>
          visit({ visitRef: `R${n + i}`, phone: dramaNumber(i % 60) }),
        );
        await importVisits(crowd.pool, campaign.id, list);
      }
      const seen: string[] = [];
      const overlaps: string[] = [];
      const claimer = async () => {
        const ledger = newLedger(crowd.pool);
        for (let idle = 0; idle < 5; ) {
          const attempts = await ledger.claim(campaign, 7);
          idle = attempts.length === 0 ? idle + 1 : 0;
          for (const attempt of attempts) {
            seen.push(attempt.visitId);
            const outcome = await ledger.commitToRing(attempt, campaign, "asterisk");
            if (outcome.kind !== "committed") overlaps.push(outcome.because);
            await ledger.end(attempt, ending());
          }
        }
      };
      const started = performance.now();
      await Promise.all(Array.from({ length: 16 }, claimer));
      const seconds = (performance.now() - started) / 1000;
      console.info(`16 claimers: ${Math.round(2000 / seconds)} whole attempts a second`);
      expect(overlaps).toEqual([]);
      expect(seen).toHaveLength(2000);
      expect(new Set(seen).size).toBe(2000);
    } finally {
      await crowd.drop();
    }
  });
});

describe("committing to ring", () => {
  it.each([
    [new Map([["RXX", "+441632960555"]]), "+441632960555"],
    [new Map([["another", "+441632960555"]]), settings.callerNumber],
  ])("shows the number that staff have named for the trust: %o", async (callers, callerNumber) => {
    const campaign = await runningCampaign(db.pool, [visit()]);
    const ledger = newLedger(db.pool, { callers });
    const [attempt] = await ledger.claim(campaign, 1);
    expect(await ledger.commitToRing(attempt!, campaign, "asterisk")).toMatchObject({
      order: { callerNumber },
    });
  });

  it("gives the number to dial, once", async () => {
    const phone = dramaNumber(700);
    const campaign = await runningCampaign(db.pool, [visit({ phone })]);
    const ledger = newLedger(db.pool);
    const [attempt] = await ledger.claim(campaign, 1);
    const outcome = await ledger.commitToRing(attempt!, campaign, "asterisk");
    expect(outcome).toMatchObject({
      kind: "committed",
      order: { attemptId: attempt!.id, channelId: `hb-${attempt!.id}`, phone, callerNumber: "+441632960000" },
    });
    expect(await ledger.commitToRing(attempt!, campaign, "asterisk")).toEqual({
      kind: "refused",
      because: "not-ours",
    });
    expect(await state("attempt", attempt!.id)).toBe("dialing");
  });

  const refusals: [because: string, change: (campaign: string, visitId: string) => Promise<unknown>][] = [
    [
      "campaign-paused",
      (campaign) => db.pool.query("update campaign set status = 'paused' where id = $1", [campaign]),
    ],
    [
      "campaign-stopped",
      (campaign) => db.pool.query("update campaign set status = 'stopped' where id = $1", [campaign]),
    ],
    ["outside-calling-hours", (campaign) => newLedger(db.pool).writePermittedSpans(campaign, [])],
    [
      "visit-withdrawn",
      (_, id) => db.pool.query("update visit set status = 'withdrawn' where id = $1", [id]),
    ],
    ["visit-held", (_, id) => db.pool.query("update visit set status = 'held' where id = $1", [id])],
    [
      "suppressed",
      (_, id) =>
        db.pool.query(
          `insert into opt_out (trust, unit, scope, source, phone_hmac)
           select trust, unit, 'number', 'staff', phone_hmac from visit where id = $1`,
          [id],
        ),
    ],
  ];
  it.each(refusals)("refuses when, since the claim: %s", async (because, change) => {
    const campaign = await runningCampaign(db.pool, [visit()]);
    const ledger = newLedger(db.pool);
    const [attempt] = await ledger.claim(campaign, 1);
    await change(campaign.id, attempt!.visitId);
    expect(await ledger.commitToRing(attempt!, campaign, "asterisk")).toEqual({ kind: "refused", because });
    expect(await state("attempt", attempt!.id)).toBe("refused");
    const left =
      { suppressed: "done", "visit-withdrawn": "withdrawn", "visit-held": "held" }[because] ?? "due";
    expect(await state("visit", attempt!.visitId)).toBe(left);
    const { rows } = await db.pool.query("select attempts, tried from visit where id = $1", [
      attempt!.visitId,
    ]);
    expect(rows).toEqual([{ attempts: 0, tried: 0 }]);
  });

  it("refuses when our lease has run out, and gives the visit back", async () => {
    const campaign = await runningCampaign(db.pool, [visit()]);
    const ledger = newLedger(db.pool, { owner: "stalled" });
    const [attempt] = await ledger.claim(campaign, 1);
    await db.pool.query("update housekeeping.instance set alive_until = now() where owner = 'stalled'");
    expect(await ledger.commitToRing(attempt!, campaign, "asterisk")).toEqual({
      kind: "refused",
      because: "lease-expired",
    });
    expect(await state("visit", attempt!.visitId)).toBe("due");
  });
});

describe("an attempt's end", () => {
  it("retries later, and tells the next attempt how many there were", async () => {
    const { ledger, campaign, attempt } = await dialled(db.pool);
    await ledger.ringing(attempt.id);
    await ledger.end(
      attempt,
      ending({ disposition: "no_answer", follows: { kind: "retry", at: inSeconds(-1) } }),
    );
    expect(await resultRow(db.pool, attempt)).toMatchObject({ disposition: "no_answer", attempts: 1 });
    const second = await dialAgain(ledger, campaign);
    expect(second).toMatchObject({ number: 2, reason: "retry", counted: 1, uncountedInARow: 0 });
    const retry = { kind: "retry", at: inSeconds(-1) } as const;
    await ledger.end(second, ending({ disposition: "congestion", counts: false, follows: retry }));
    const third = await dialAgain(ledger, campaign);
    expect(third).toMatchObject({ number: 3, reason: "retry", counted: 1, uncountedInARow: 1 });
    await ledger.end(third, ending({ disposition: "busy" }));
    expect(await ledger.claim(campaign, 1)).toEqual([]);
    expect(await resultRow(db.pool, third)).toMatchObject({ disposition: "busy", attempts: 2 });
  });

  it("is written once, and only by the attempt's owner", async () => {
    const { ledger, attempt } = await dialled(db.pool);
    await newLedger(db.pool).end(attempt, ending({ disposition: "busy" }));
    expect(await state("attempt", attempt.id)).toBe("dialing");
    await ledger.end(attempt, ending({ disposition: "busy" }));
    await ledger.end(attempt, ending({ disposition: "completed" }));
    expect(await resultRow(db.pool, attempt)).toMatchObject({ disposition: "busy", attempts: 1 });
    const { rows } = await db.pool.query("select disposition from attempt where id = $1", [attempt.id]);
    expect(rows).toEqual([{ disposition: "busy" }]);
  });

  it("bars another attempt while the outcome is unknown, until evidence settles it", async () => {
    const { ledger, campaign, attempt } = await dialled(db.pool);
    await ledger.end(attempt, ending({ disposition: "unknown" }));
    expect(await resultRow(db.pool, attempt)).toMatchObject({ disposition: "unknown", attempts: 1 });
    await db.pool.query("update visit set status = 'due' where id = $1", [attempt.visitId]);
    expect(await ledger.claim(campaign, 1)).toEqual([]);
    await db.pool.query("update visit set status = 'done' where id = $1", [attempt.visitId]);
    const retry = { kind: "retry", at: inSeconds(-1) } as const;
    await ledger.end(attempt, ending({ disposition: "congestion", counts: false, follows: retry }));
    expect(await resultRow(db.pool, attempt)).toMatchObject({ disposition: "congestion", attempts: 0 });
    expect(await ledger.claim(campaign, 1)).toHaveLength(1);
  });

  it("as 'pending' gives the visit back as due as before", async () => {
    const campaign = await runningCampaign(db.pool, [visit()]);
    const ledger = newLedger(db.pool);
    const [attempt] = await ledger.claim(campaign, 1);
    const follows = { kind: "retry", at: inSeconds(-1) } as const;
    await ledger.end(attempt!, ending({ disposition: "pending", counts: false, follows }));
    const [again] = await ledger.claim(campaign, 1);
    expect(again).toMatchObject({ visitId: attempt!.visitId, number: 1, reason: "first" });
  });
});

describe("a process that is no more", () => {
  it("has its open attempts taken over once its lease has run out, by one other", async () => {
    const campaign = await runningCampaign(db.pool, [visit(), visit(), visit()]);
    const dead = newLedger(db.pool, { owner: newName("dead"), leaseMs: 60_000 });
    const intent = (await dead.claim(campaign, 1))[0]!;
    const dialing = await dialAgain(dead, campaign);
    const live = await dialAgain(dead, campaign);
    const callId = await begin(db.pool, live);
    const survivors = [newLedger(db.pool), newLedger(db.pool)];
    expect((await survivors[0]!.takeOverAbandoned()).filter((a) => a.campaignId === campaign.id)).toEqual([]);
    await db.pool.query(
      "update housekeeping.instance set alive_until = clock_timestamp() - interval '1 s' where owner = $1",
      [dead.lease.owner],
    );
    const taken = (await Promise.all(survivors.map((ledger) => ledger.takeOverAbandoned()))).flat();
    const ours = taken.filter((a) => a.campaignId === campaign.id);
    expect(ours.map(({ id, state, call }) => ({ id, state, call: call?.id ?? null }))).toEqual([
      { id: intent.id, state: "intent", call: null },
      { id: dialing.id, state: "dialing", call: null },
      { id: live.id, state: "live", call: callId },
    ]);
    expect(ours[2]).toMatchObject({
      channelId: `hb-${live.id}`,
      number: 1,
      call: { flowState: { step: "greeting" } },
    });
    // What comes back to life may do nothing more.
    expect(await dead.commitToRing(intent, campaign, "asterisk")).toEqual({
      kind: "refused",
      because: "not-ours",
    });
    await dead.end(dialing, ending());
    expect(await state("attempt", dialing.id)).toBe("dialing");
    await expect(dead.renewLeases()).rejects.toMatchObject({ code: "instance_replaced" });
    await expect(dead.claim(campaign, 1)).rejects.toMatchObject({ code: "instance_replaced" });
  });

  it("is any other, on a database that only one process uses", async () => {
    const { attempt } = await dialled(db.pool);
    const next = newLedger(db.pool, { onlyInstance: true });
    expect((await next.takeOverAbandoned()).map(({ id }) => id)).toContain(attempt.id);
  });

  it("is nobody while leases are renewed", async () => {
    const { ledger, attempt } = await dialled(db.pool);
    await ledger.renewLeases();
    const taken = await newLedger(db.pool).takeOverAbandoned();
    expect(taken.map(({ id }) => id)).not.toContain(attempt.id);
  });
});
