/** What every ledger must do, whatever keeps the rows: the real one, and the one that simulations run on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Campaign } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { longestCallHours } from "#campaign/longest-call.ts";
import type { AttemptEnding, ClaimedAttempt, ImportedVisit } from "#campaign/ports.ts";
import { newName } from "#lib/ids.ts";
import type { LeasedLedger } from "#rehearsal/simulation/memory-ledger.ts";
import type { Office } from "#rehearsal/simulation/office.ts";
import { flowState } from "../support/survey.ts";

export interface LedgerBench {
  office: Office;
  /** What the ledger's clock says; the suite moves it. */
  time: { nowMs: number };
  close(): Promise<void>;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Monday, 10:00 in London. */
const monday = Date.parse("2026-11-23T10:00:00Z");

export function ledgerContract(name: string, open: (startMs: number) => Promise<LedgerBench>): void {
  describe(`a ledger: ${name}`, () => {
    let bench: LedgerBench;
    beforeAll(async () => {
      bench = await open(monday);
    });
    afterAll(() => bench.close());

    let count = 0;
    const visit = (different: Partial<ImportedVisit> = {}): ImportedVisit => {
      count += 1;
      const phone = different.phone ?? `+447700900${String(count % 1000).padStart(3, "0")}`;
      const visitRef = different.visitRef ?? `V${count}`;
      return {
        ...{ line: count, visitRef, phone, person: phone, givenName: null, nhsNumber: null, visitAt: null },
        ...{
          trust: null,
          site: null,
          ward: null,
          service: null,
          language: null,
          doNotCallReason: null,
          visitStatus: null,
          extra: {},
        },
        content: JSON.stringify([visitRef, phone]),
        ...different,
      };
    };
    const at = (ms: number) => new Date(bench.time.nowMs + ms);
    const pass = (ms: number) => {
      bench.time.nowMs += ms;
    };
    const spans = () => [{ from: at(-hour), to: at(10 * day), day: { from: at(-hour), to: at(10 * day) } }];
    const newLedger = (owner = newName("app"), leaseMs = 300 * day): LeasedLedger =>
      bench.office.ledger(owner, leaseMs);

    async function running(visits: ImportedVisit[], settings: object = {}): Promise<Campaign> {
      const campaign = await bench.office.create({
        ...{ name: newName("campaign"), trust: "RXX", unit: "all", rehearsal: true },
        settings: parseSettings({
          callerNumber: "01632 960000",
          contactBudget: null,
          numberOnceADay: false,
          ...settings,
        }),
      });
      await newLedger().writePermittedSpans(campaign.id, spans());
      if (visits.length > 0) await bench.office.add(campaign.id, visits);
      pass(1);
      return campaign;
    }
    const ending = (different: Partial<AttemptEnding> = {}): AttemptEnding => ({
      ...{ disposition: "completed", cause: 16, sipCode: 200, counts: true, rang: true, silent: false },
      contact: different.disposition === undefined,
      ...{ numberRestsUntil: null, follows: { kind: "done" }, promise: null },
      ...different,
    });
    const standing = async (id: string) =>
      (await bench.office.standing()).visits.find((row) => row.id === id)!;
    async function rung(ledger: LeasedLedger, campaign: Campaign): Promise<ClaimedAttempt> {
      const [attempt] = await ledger.claim(campaign, 1);
      expect(await ledger.commitToRing(attempt!, campaign, "a")).toMatchObject({ kind: "committed" });
      return attempt!;
    }
    const retry = () => ({ kind: "retry", at: at(-1) }) as const;
    const begin = (attempt: ClaimedAttempt, different: object = {}) =>
      bench.office.calls.begin({
        ...{
          id: attempt.id,
          attemptId: attempt.id,
          flow: "fft",
          flowVersion: "0".repeat(64),
          release: null,
          answeredAt: at(0),
        },
        state: flowState(different),
      });
    const promises = async (visitId: string) =>
      (await bench.office.standing()).promises
        .filter((row) => row.visitId === visitId)
        .map(({ state }) => state)
        .sort();

    it("claims the longest waiting first, each once, as first attempts", async () => {
      const campaign = await running([visit()]);
      pass(minute);
      await bench.office.add(campaign.id, [visit(), visit()]);
      const ids = await bench.office.idsOf(campaign.id, [`V${count - 2}`]);
      const ledger = newLedger();
      pass(1);
      const [first] = await ledger.claim(campaign, 1);
      expect(first).toMatchObject({
        number: 1,
        reason: "first",
        counted: 0,
        uncountedInARow: 0,
        again: false,
      });
      expect(first!.visitId).toBe(ids.get(`V${count - 2}`));
      expect(await ledger.claim(campaign, 10)).toHaveLength(2);
      expect(await ledger.claim(campaign, 10)).toEqual([]);
      expect(await ledger.look(campaign.id)).toEqual({ inFlight: 3, due: false });
      expect((await ledger.runningCampaigns()).map(({ id }) => id)).toContain(campaign.id);
    });

    it("has one call at a time for a number, and for a person, over all campaigns", async () => {
      const phone = "+447700900999";
      const one = await running([visit({ phone }), visit({ phone })]);
      const other = await running([visit({ phone }), visit({ person: phone })]);
      const ledger = newLedger();
      const attempt = await rung(ledger, one);
      expect(await ledger.claim(one, 10)).toEqual([]);
      expect(await ledger.claim(other, 10)).toEqual([]);
      await ledger.end(attempt, ending());
      expect(await ledger.claim(other, 10)).toHaveLength(1);
    });

    it("claims nothing of a paused campaign, outside its spans, or while all is stopped", async () => {
      const campaign = await running([visit()]);
      const ledger = newLedger();
      await bench.office.move(campaign, "paused");
      expect(await ledger.claim(campaign, 1)).toEqual([]);
      await bench.office.move(campaign, "running");
      await ledger.writePermittedSpans(campaign.id, [{ ...spans()[0]!, from: at(hour) }]);
      expect(await ledger.claim(campaign, 1)).toEqual([]);
      await ledger.writePermittedSpans(campaign.id, spans());
      await bench.office.stopAll(true);
      expect(await ledger.claim(campaign, 1)).toEqual([]);
      await bench.office.stopAll(false);
      expect(await ledger.claim(campaign, 1)).toHaveLength(1);
    });

    it("commits once, and gives the number then", async () => {
      const wanted = visit();
      const campaign = await running([wanted]);
      const ledger = newLedger();
      const [attempt] = await ledger.claim(campaign, 1);
      const commit = await ledger.commitToRing(attempt!, campaign, "a");
      const { id } = attempt!;
      expect(commit).toMatchObject({
        kind: "committed",
        order: { attemptId: id, channelId: `hb-${id}`, phone: wanted.phone, callerNumber: "+441632960000" },
      });
      const again = await ledger.commitToRing(attempt!, campaign, "a");
      expect(again).toEqual({ kind: "refused", because: "not-ours" });
    });

    const refusals: [
      string,
      (campaign: Campaign, visitId: string, phone: string) => Promise<unknown>,
      string,
    ][] = [
      ["campaign-paused", (campaign) => bench.office.move(campaign, "paused"), "due"],
      ["outside-calling-hours", ({ id }) => newLedger().writePermittedSpans(id, []), "due"],
      ["stopped-by-staff", () => bench.office.stopAll(true), "due"],
      ["suppressed", (_campaign, _visitId, phone) => bench.office.optOut(phone), "done"],
      ["expired", async () => pass(8 * day), "done"],
    ];
    it.each(refusals)("refuses at the last moment: %s", async (because, change, left) => {
      const wanted = visit();
      const campaign = await running([wanted]);
      const ledger = newLedger();
      const [attempt] = await ledger.claim(campaign, 1);
      await change(campaign, attempt!.visitId, wanted.phone);
      expect(await ledger.commitToRing(attempt!, campaign, "a")).toEqual({ kind: "refused", because });
      await bench.office.stopAll(false);
      expect(await standing(attempt!.visitId)).toMatchObject({ status: left, attempts: 0 });
      expect(await ledger.look(campaign.id)).toMatchObject({ inFlight: 0 });
    });

    it.each(["hold", "withdraw"] as const)(
      "a claimed visit can be told to %s, one that rings cannot",
      async (how) => {
        const campaign = await running([visit(), visit()]);
        const ledger = newLedger();
        const [claimed] = await ledger.claim(campaign, 1);
        expect(await bench.office.moveVisit(claimed!.visitId, how)).toBe(true);
        expect(await ledger.commitToRing(claimed!, campaign, "a")).toMatchObject({ because: "not-ours" });
        expect((await standing(claimed!.visitId)).status).toBe(how === "hold" ? "held" : "withdrawn");
        const ringing = await rung(ledger, campaign);
        expect(await bench.office.moveVisit(ringing.visitId, how)).toBe(false);
      },
    );

    it("refuses who has too little left of its lease", async () => {
      const campaign = await running([visit()]);
      const ledger = newLedger(newName("slow"), 60_000);
      const [attempt] = await ledger.claim(campaign, 1);
      pass(56_000);
      const commit = await ledger.commitToRing(attempt!, campaign, "a");
      expect(commit).toEqual({ kind: "refused", because: "lease-expired" });
    });

    it("retries later, counts what counts, and no more than is allowed", async () => {
      const campaign = await running([visit()], { retryPolicy: { maxAttempts: 2 } });
      const ledger = newLedger();
      const first = await rung(ledger, campaign);
      await ledger.end(first, ending({ disposition: "no_answer", follows: { kind: "retry", at: at(hour) } }));
      expect(await ledger.claim(campaign, 1)).toEqual([]);
      pass(hour);
      const second = await rung(ledger, campaign);
      expect(second).toMatchObject({ number: 2, reason: "retry", counted: 1, uncountedInARow: 0 });
      await ledger.end(
        second,
        ending({ disposition: "congestion", counts: false, rang: false, follows: retry() }),
      );
      const third = await rung(ledger, campaign);
      expect(third).toMatchObject({ number: 3, counted: 1, uncountedInARow: 1 });
      await ledger.end(third, ending({ disposition: "busy", follows: retry() }));
      // The policy would not ask for it; the ledger would not give it.
      expect(await ledger.claim(campaign, 1)).toEqual([]);
      expect(await standing(first.visitId)).toMatchObject({
        status: "done",
        disposition: "busy",
        attempts: 2,
      });
    });

    it("writes an end once, and only for the owner", async () => {
      const campaign = await running([visit()]);
      const ledger = newLedger();
      const attempt = await rung(ledger, campaign);
      await newLedger().end(attempt, ending({ disposition: "busy" }));
      expect((await standing(attempt.visitId)).status).toBe("calling");
      await ledger.end(attempt, ending({ disposition: "busy" }));
      await ledger.end(attempt, ending({ disposition: "completed" }));
      expect(await standing(attempt.visitId)).toMatchObject({ disposition: "busy", attempts: 1 });
    });

    it("bars a visit whose outcome is unknown, until evidence settles it", async () => {
      const campaign = await running([visit()]);
      const ledger = newLedger();
      const attempt = await rung(ledger, campaign);
      await ledger.end(attempt, ending({ disposition: "unknown" }));
      expect(await standing(attempt.visitId)).toMatchObject({
        status: "done",
        disposition: "unknown",
        attempts: 1,
      });
      await ledger.end(
        attempt,
        ending({ disposition: "congestion", counts: false, rang: false, follows: retry() }),
      );
      expect(await standing(attempt.visitId)).toMatchObject({ status: "due", attempts: 0 });
      expect(await ledger.claim(campaign, 1)).toHaveLength(1);
    });

    it("lets a number rest while a call of unknown outcome may still be on", async () => {
      const phone = "+447700900994";
      const campaign = await running([visit({ phone }), visit({ phone, person: "a relative" })], {
        numberOnceADay: false,
      });
      const ledger = newLedger();
      const attempt = await rung(ledger, campaign);
      await ledger.end(attempt, ending({ disposition: "unknown" }));
      expect(await ledger.claim(campaign, 10)).toEqual([]);
      pass(2 * minute);
      expect(await ledger.claim(campaign, 10)).toEqual([]);
      pass(minute);
      expect(await ledger.claim(campaign, 10)).toHaveLength(1);
    });

    it("gives back what was not dialled, as it was", async () => {
      const campaign = await running([visit()]);
      const ledger = newLedger();
      const attempt = await rung(ledger, campaign);
      await ledger.end(
        attempt,
        ending({ disposition: "pending", counts: false, rang: false, follows: retry() }),
      );
      const [again] = await ledger.claim(campaign, 1);
      expect(again).toMatchObject({ visitId: attempt.visitId, number: 1, reason: "first" });
    });

    it("rings a number once a day, and puts others off until the next", async () => {
      const phone = "+447700900998";
      const campaign = await running([visit({ phone }), visit({ phone, person: "other" })], {
        numberOnceADay: true,
      });
      const ledger = newLedger();
      const today = { from: at(-hour), to: at(2 * hour), day: { from: at(-hour), to: at(2 * hour) } };
      const next = { from: at(2 * hour), to: at(9 * hour), day: { from: at(2 * hour), to: at(9 * hour) } };
      await ledger.writePermittedSpans(campaign.id, [today, next]);
      const attempt = await rung(ledger, campaign);
      await ledger.end(
        attempt,
        ending({ disposition: "no_answer", follows: { kind: "retry", at: at(minute) } }),
      );
      pass(2 * minute);
      expect(await ledger.claim(campaign, 10)).toEqual([]);
      pass(2 * hour);
      expect(await ledger.claim(campaign, 10)).toHaveLength(1);
    });

    it("lets a number rest where the attempt's end says so", async () => {
      const phone = "+447700900997";
      const campaign = await running([visit({ phone }), visit({ phone, person: "other" })]);
      const ledger = newLedger();
      const attempt = await rung(ledger, campaign);
      await ledger.end(attempt, ending({ disposition: "machine", numberRestsUntil: at(hour) }));
      expect(await ledger.claim(campaign, 10)).toEqual([]);
      pass(hour);
      expect(await ledger.claim(campaign, 10)).toHaveLength(1);
    });

    it("asks a person no more often than the budget allows, over all campaigns", async () => {
      const person = newName("nhs");
      const settings = { contactBudget: { surveys: 1, days: 5 } };
      const one = await running([visit({ person, nhsNumber: "1" })], settings);
      const other = await running([visit({ person, nhsNumber: "1" })], settings);
      const ledger = newLedger();
      await ledger.end(await rung(ledger, one), ending());
      expect(await ledger.claim(other, 1)).toEqual([]);
      const [second] = (await bench.office.standing()).visits.filter(
        ({ campaignId }) => campaignId === other.id,
      );
      expect(second).toMatchObject({ status: "done", disposition: "suppressed" });
      pass(5 * day + minute);
      await bench.office.add(other.id, [visit({ person, nhsNumber: "1" })]);
      pass(1);
      expect(await ledger.claim(other, 1)).toHaveLength(1);
    });

    it("keeps a campaign's calls of a day", async () => {
      const campaign = await running([visit(), visit(), visit()], { maxCallsADay: 2 });
      const ledger = newLedger();
      for (let n = 0; n < 2; n += 1) await ledger.end(await rung(ledger, campaign), ending());
      const [third] = await ledger.claim(campaign, 1);
      const commit = await ledger.commitToRing(third!, campaign, "a");
      expect(commit).toEqual({ kind: "refused", because: "campaign-calls-a-day" });
      expect(await ledger.claim(campaign, 1)).toEqual([]);
    });

    it("rings promised calls first, keeps their word, and repeats them once", async () => {
      const campaign = await running([visit(), visit()], { numberOnceADay: true });
      const ledger = newLedger();
      const attempt = await rung(ledger, campaign);
      await begin(attempt);
      const due = at(hour);
      const effects = [{ kind: "callback", at: due.toISOString() } as const];
      const step = {
        callId: attempt.id,
        sequence: 1,
        key: null,
        state: flowState({ callback: { at: due.toISOString() } }),
      };
      await bench.office.calls.keep({ ...step, effects });
      await bench.office.calls.keep({ ...step, effects });
      expect(await promises(attempt.visitId)).toEqual(["promised"]);
      const follows = { kind: "callback", at: due, again: false } as const;
      await ledger.end(attempt, ending({ disposition: "callback", contact: true, follows }));
      pass(hour);
      const [promised, other] = await ledger.claim(campaign, 2);
      expect(promised).toMatchObject({ visitId: attempt.visitId, reason: "callback", again: false });
      expect(other).toMatchObject({ reason: "first" });
      await ledger.commitToRing(promised!, campaign, "a");
      const repeat = { kind: "callback", at: at(-1), again: true } as const;
      await ledger.end(promised!, ending({ disposition: "no_answer", follows: repeat }));
      expect(await promises(attempt.visitId)).toEqual(["promised"]);
      const second = await rung(ledger, campaign);
      expect(second).toMatchObject({ reason: "callback", again: true });
      await ledger.end(second, ending({ promise: "kept" }));
      expect(await promises(attempt.visitId)).toEqual(["kept"]);
    });

    it("takes no promise for kept whose call came later than five minutes, though nobody was there to notice", async () => {
      const campaign = await running([visit(), visit()]);
      const ledger = newLedger();
      for (const lateMs of [5 * minute - 1000, 5 * minute + 1000]) {
        const attempt = await rung(ledger, campaign);
        await begin(attempt);
        const due = at(hour);
        const effects = [{ kind: "callback", at: due.toISOString() } as const];
        const state = flowState({ callback: { at: due.toISOString() } });
        await bench.office.calls.keep({ callId: attempt.id, sequence: 1, key: null, state, effects });
        const follows = { kind: "callback", at: due, again: false } as const;
        await ledger.end(attempt, ending({ disposition: "callback", contact: true, follows }));
        pass(hour + lateMs);
        const [promised] = await ledger.claim(campaign, 1);
        await ledger.commitToRing(promised!, campaign, "a");
        pass(20 * minute);
        await ledger.end(promised!, ending({ promise: "kept" }));
        expect(await promises(attempt.visitId)).toEqual([lateMs < 5 * minute ? "kept" : "broken"]);
      }
    });

    it("knows an opt-out by key at once, for the number and a confirmed person, and a wrong person for the pair", async () => {
      const phone = "+447700900996";
      const campaign = await running([visit({ phone, person: "asks" }), visit({ person: "asks" }), visit()]);
      const ledger = newLedger();
      const attempt = await rung(ledger, campaign);
      await begin(attempt);
      const state = flowState({ confirmed: true });
      const effects = [{ kind: "opt-out" } as const];
      await bench.office.calls.keep({ callId: attempt.id, sequence: 1, key: null, state, effects });
      await ledger.end(attempt, ending({ disposition: "opted_out" }));
      expect(await ledger.claim(campaign, 10)).toHaveLength(1);
      const list = [
        visit({ phone, person: "else" }),
        visit({ person: "asks" }),
        visit({ doNotCallReason: "deceased" }),
      ];
      const again = await running(list);
      expect(await newLedger().claim(again, 10)).toEqual([]);
    });

    it("rings nobody of whom a list said that they are dead, in any campaign, then or later", async () => {
      const person = `nhs:${newName("dead")}`;
      const campaign = await running([visit({ person }), visit()]);
      const deceased = visit({ person, doNotCallReason: "deceased" });
      const other = await running([deceased, visit({ person })]);
      await bench.office.add(other.id, [visit({ person })]);
      const ledger = newLedger();
      expect(await ledger.claim(other, 10)).toEqual([]);
      expect(await ledger.claim(campaign, 10)).toHaveLength(1);
    });

    it("takes a list once: the same row twice changes nothing, another content is told", async () => {
      const row = visit();
      const campaign = await running([row]);
      expect(await bench.office.add(campaign.id, [row])).toMatchObject({ added: 0, same: 1, differ: [] });
      const other = { ...row, content: "other", line: 77 };
      expect(await bench.office.add(campaign.id, [other])).toMatchObject({ added: 0, same: 0, differ: [77] });
      const old = visit({ visitAt: at(-8 * day) });
      await bench.office.add(campaign.id, [old]);
      const id = (await bench.office.idsOf(campaign.id, [old.visitRef])).get(old.visitRef)!;
      expect(await standing(id)).toMatchObject({ status: "done", disposition: "expired" });
    });

    it("begins no call that was never committed", async () => {
      const campaign = await running([visit()]);
      const [attempt] = await newLedger().claim(campaign, 1);
      await expect(begin(attempt!)).rejects.toMatchObject({ code: "call_not_committed" });
    });

    it("gives a claim of its own back whose answer was lost, and never dials it after all", async () => {
      const campaign = await running([visit(), visit()]);
      const ledger = newLedger();
      const [lost] = await ledger.claim(campaign, 1);
      const ringing = await rung(ledger, campaign);
      pass(4 * minute);
      const ours = async () =>
        (await ledger.takeOverAbandoned())
          .filter(({ campaignId }) => campaignId === campaign.id)
          .map(({ id }) => id);
      expect(await ours()).toEqual([]);
      pass(2 * minute);
      expect(await ours()).toEqual([lost!.id]);
      await ledger.end(
        lost!,
        ending({ disposition: "pending", counts: false, rang: false, follows: retry() }),
      );
      expect(await ledger.commitToRing(lost!, campaign, "a")).toMatchObject({ because: "not-ours" });
      expect(await ledger.claim(campaign, 2)).toMatchObject([{ visitId: lost!.visitId, reason: "first" }]);
      await ledger.end(ringing, ending());
    });

    it("tells how a call had ended whose attempt was not, and gives what was never settled once more", async () => {
      const campaign = await running([visit(), visit()]);
      const dead = newLedger(newName("dead"), minute);
      const hungUp = await rung(dead, campaign);
      await begin(hungUp);
      const { calls } = bench.office;
      await calls.end({ id: hungUp.id, disposition: "hung_up", endedBy: "them", machine: null });
      const lost = await rung(dead, campaign);
      await begin(lost);
      await calls.end({ id: lost.id, disposition: "partial", endedBy: "fault", machine: null });
      pass(2 * minute);
      const next = newLedger();
      const ours = async () =>
        (await next.takeOverAbandoned())
          .filter(({ campaignId }) => campaignId === campaign.id)
          .map(({ id, call }) => [id, call?.ended]);
      expect(await ours()).toEqual([
        [hungUp.id, "hung_up"],
        [lost.id, null],
      ]);
      // Longer than any call, the longest talks with people included.
      pass(longestCallHours * hour - 10 * minute);
      expect(await ours()).toEqual([]);
      await next.end(lost, ending());
      pass(11 * minute);
      expect(await ours()).toEqual([[hungUp.id, "hung_up"]]);
    });

    it("gives what a dead process left open to one other, and lets the dead do nothing more", async () => {
      const campaign = await running([visit(), visit(), visit()]);
      const dead = newLedger(newName("dead"), minute);
      const [intent] = await dead.claim(campaign, 1);
      pass(1);
      const dialing = await rung(dead, campaign);
      pass(1);
      const live = await rung(dead, campaign);
      await begin(live);
      const survivors = [newLedger(), newLedger()];
      const ours = (taken: { campaignId: string }[]) =>
        taken.filter(({ campaignId }) => campaignId === campaign.id);
      expect(ours(await survivors[0]!.takeOverAbandoned())).toEqual([]);
      pass(2 * minute);
      const taken = [await survivors[0]!.takeOverAbandoned(), await survivors[1]!.takeOverAbandoned()].flat();
      expect(ours(taken)).toMatchObject([
        { id: intent!.id, state: "intent", call: null },
        { id: dialing.id, state: "dialing", call: null },
        { id: live.id, state: "live", call: { id: live.id, flowState: { step: "greeting" }, ended: null } },
      ]);
      const commit = await dead.commitToRing(intent!, campaign, "a");
      expect(commit).toEqual({ kind: "refused", because: "not-ours" });
      await dead.end(dialing, ending());
      expect((await standing(dialing.visitId)).status).toBe("calling");
      await expect(dead.renewLeases()).rejects.toMatchObject({ code: "instance_replaced" });
      await expect(dead.claim(campaign, 1)).rejects.toMatchObject({ code: "instance_replaced" });
      const again = await survivors[1]!.takeOverAbandoned();
      expect(ours(again)).toEqual([]);
    });
  });
}
