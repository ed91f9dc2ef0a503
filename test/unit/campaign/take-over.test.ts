import { describe, expect, it } from "vitest";
import type { CutOffCaller } from "#call/incoming.ts";
import type { DialOutcome, LeftCall } from "#call/line.ts";
import type { CallLog } from "#call/ports.ts";
import type { AnsweredLeg } from "#campaign/attempt.ts";
import type { AbandonedAttempt } from "#campaign/ports.ts";
import { takeOver } from "#campaign/take-over.ts";
import { flowState } from "../../support/survey.ts";
import { answered, busy, campaignOf, setUp } from "./dialer-fakes.ts";

const campaign = campaignOf("c");

const left = (id: string, different: Partial<AbandonedAttempt>): AbandonedAttempt => ({
  ...{ id, visitId: `v-${id}`, campaignId: campaign.id, number: 1, reason: "first", counted: 0 },
  ...{
    uncountedInARow: 0,
    again: false,
    language: null,
    state: "live",
    channelId: `hb-${id}`,
    dialedAt: new Date(),
  },
  ...{ app: "hearback-of-the-dead", node: "north", silentMs: 900, call: null },
  ...different,
});

/** What a dead process left, taken over: what Asterisk was asked, what was held, and how all of it ended. */
async function taken(attempts: AbandonedAttempt[], outcomes: DialOutcome[]) {
  const held: AnsweredLeg[] = [];
  const asked: LeftCall[] = [];
  const called: string[] = [];
  const greeted: CutOffCaller[] = [];
  const { dialer, ledger, clock, endings, telephone, logged } = setUp({
    runCall: async (leg) => {
      held.push(leg);
      return { disposition: "completed", callbackAt: null };
    },
  });
  for (const { id } of attempts) ledger.open.add(id);
  ledger.takeOverAbandoned = async () => attempts;
  const callLog = { end: async ({ id }: { id: string }) => void called.push(id) } as unknown as CallLog;
  const leftCalls = {
    takeUp: (calls: LeftCall[]) => {
      asked.push(...calls);
      return calls.map(async (_, index) => outcomes[index]!);
    },
  };
  const log = { info() {}, warn() {}, error() {}, debug() {}, child: () => log };
  await takeOver({
    ledger,
    callLog,
    campaign: async () => campaign,
    clock,
    log,
    goOn: { leftCalls, dialer, greetAgain: (caller) => void greeted.push(caller) },
  });
  await expect.poll(() => ledger.ended.length).toBe(attempts.length);
  return {
    held,
    asked,
    called,
    greeted,
    endings: endings(),
    taken: telephone.taken,
    logged,
    nowMs: clock.monotonicMs(),
  };
}

describe("attempts that cannot be settled at once", () => {
  const parts = (campaignFails: number) => {
    const { ledger, clock, endings, logged } = setUp();
    const log = { info() {}, warn() {}, error() {}, debug() {}, child: () => log };
    const once = [left("a1", { state: "intent" }), left("a2", { state: "intent" }), left("a3", {})];
    for (const { id } of once) ledger.open.add(id);
    // They come once: from then on they are ours.
    ledger.takeOverAbandoned = async () => once.splice(0);
    let fails = campaignFails;
    const found = async () => {
      fails -= 1;
      if (fails >= 0) throw new Error("connection terminated");
      return campaign;
    };
    const callLog = {} as CallLog;
    return { ledger, endings, logged, taking: { ledger, callLog, campaign: found, clock, log } };
  };

  it("are settled in the next round, and the others in this one", async () => {
    const { ledger, endings, taking } = parts(0);
    const open = new Map();
    ledger.fail.set("end", 1);
    expect(await takeOver(taking, open)).toBe(3);
    expect(endings()).toEqual(["a2 pending retry", "a3 interrupted retry"]);
    expect(await takeOver(taking, open)).toBe(1);
    expect(endings().at(-1)).toBe("a1 pending retry");
    expect(await takeOver(taking, open)).toBe(0);
  });

  it("are not lost where not even their campaigns can be read", async () => {
    const { endings, taking } = parts(1);
    const open = new Map();
    await expect(takeOver(taking, open)).rejects.toThrow("connection terminated");
    expect(await takeOver(taking, open)).toBe(3);
    expect(endings()).toHaveLength(3);
  });

  it("answered, and of which nothing was kept, were silent calls as far as anybody knows", async () => {
    const { ledger, taking } = parts(0);
    await takeOver(taking);
    const live = ledger.ended.find(({ attempt }) => attempt.id === "a3")!;
    expect(live.ending).toMatchObject({ disposition: "interrupted", silent: true, contact: false });
    expect(live.ending.numberRestsUntil).not.toBeNull();
  });
});

const onTheLine = {
  id: "call-1",
  flowState: flowState({ step: "question" }),
  ended: null,
  release: 4,
  sequence: 3,
  partsBegun: [{ name: "hb-1-1-1", agoMs: 4_000 }],
};

describe("what a dead process left", () => {
  it("goes on where somebody is on the line, from what was kept", async () => {
    const {
      held,
      asked,
      endings,
      taken: places,
      nowMs,
    } = await taken([left("1", { call: onTheLine })], [answered()]);
    expect(asked).toMatchObject([
      { channelId: "hb-1", app: "hearback-of-the-dead", node: "north", wasUp: true },
    ]);
    expect(held[0]!.takenOver).toEqual({
      ...{ state: onTheLine.flowState, sequence: 3, partsBegun: onTheLine.partsBegun, release: 4 },
      lastSignMs: nowMs - 900,
    });
    expect(endings).toEqual(["1 completed done"]);
    expect(places, "its place on the node is given back").toBe(0);
  });

  it("keeps the ending of a call that had come to it, and goes on with no such call", async () => {
    const hungUp = { ...onTheLine, ended: "hung_up" } as const;
    const { asked, endings } = await taken([left("1", { call: hungUp })], []);
    expect(asked).toEqual([]);
    expect(endings).toEqual(["1 hung_up done"]);
  });

  it("counts as far as it came, where the line is no more", async () => {
    const gone: DialOutcome = { kind: "unknown", reason: "the channel ended" };
    const rated = { ...onTheLine, flowState: flowState({ answers: { rating: 2 } }) };
    const result = await taken(
      [left("1", { call: onTheLine }), left("2", { call: { ...rated, id: "call-2" } })],
      [gone, { kind: "not-answered", rang: true, cause: 16, sipCode: null }],
    );
    expect(result.endings.toSorted()).toEqual(["1 interrupted retry", "2 partial done"]);
    expect(result.called.toSorted()).toEqual(["call-1", "call-2"]);
    expect(result.held).toEqual([]);
  });

  it("that still rings is waited for, and held from its first word when it is answered", async () => {
    const ringing = (id: string) => left(id, { state: "dialing" });
    const { held, endings, asked } = await taken([ringing("1"), ringing("2")], [answered(), busy]);
    expect(asked.map(({ wasUp }) => wasUp)).toEqual([false, false]);
    expect(held.map(({ attempt, takenOver }) => [attempt.id, takenOver])).toEqual([["1", undefined]]);
    expect(endings.toSorted()).toEqual(["1 completed done", "2 busy retry"]);
  });

  it("is unknown where nobody can say whether it rang, and never dialled again", async () => {
    const nobodyKnows: DialOutcome = { kind: "unknown", reason: "not there" };
    const without = left("2", { state: "dialing", app: null });
    const { endings, asked } = await taken([left("1", { state: "dialing" }), without], [nobodyKnows]);
    expect(asked.map(({ channelId }) => channelId)).toEqual(["hb-1"]);
    expect(endings.toSorted()).toEqual(["1 unknown done", "2 unknown done"]);
  });

  it("that was never dialled is as due as before", async () => {
    const { endings, asked } = await taken([left("1", { state: "intent", node: null })], []);
    expect(asked).toEqual([]);
    expect(endings).toEqual(["1 pending retry"]);
  });
});
