import { describe, expect, it } from "vitest";
import { defaultCallingHours } from "#campaign/calling-hours.ts";
import { longestCallSeconds } from "#campaign/longest-call.ts";
import { answered, busy, campaignOf, FakeLine, setUp } from "./dialer-fakes.ts";

describe("one attempt", () => {
  it("is claimed, committed, dialled once, held and ended", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.dialer.start();
    await at.clock.advance(300);
    expect(at.telephone.dialled).toHaveLength(1);
    expect(at.telephone.dialled[0]!.order).toMatchObject({
      attemptId: "a1",
      phone: "+447700900123",
      ringSeconds: 30,
    });
    at.telephone.dialled[0]!.onRinging();
    at.telephone.dialled[0]!.onRinging();
    await at.clock.advance(100);
    at.telephone.dialled[0]!.settle(answered());
    await at.clock.advance(300);
    expect(at.story()).toEqual(["a1 claimed", "a1 ringing", "a1 answered", "a1 ended"]);
    expect(at.ledger.rang).toEqual(["a1"]);
    expect(at.ledger.ended[0]!.ending).toMatchObject({
      disposition: "completed",
      counts: true,
      follows: { kind: "done" },
      sipCode: 200,
    });
  });

  it("not answered gets its name and its next time", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.dialer.start();
    await at.clock.advance(1000);
    at.telephone.dialled[0]!.settle(busy);
    await at.clock.advance(1);
    const { ending } = at.ledger.ended[0]!;
    expect(ending).toMatchObject({ disposition: "busy", cause: 17, sipCode: 486, counts: true });
    expect(ending.follows).toEqual({ kind: "retry", at: new Date("2026-11-23T10:30:01.000Z") });
  });

  it("counts ringing that was heard though the outcome does not tell it", async () => {
    const rang: boolean[] = [];
    const at = setUp({
      dispositionOf: (outcome) => {
        rang.push(outcome.rang);
        return "failed";
      },
    });
    at.addCampaign(campaignOf("c"), 1);
    at.dialer.start();
    await at.clock.advance(10);
    at.telephone.dialled[0]!.onRinging();
    at.telephone.dialled[0]!.settle({ kind: "not-answered", rang: false, cause: 38, sipCode: 500 });
    await at.clock.advance(10);
    expect(rang).toEqual([true]);
    expect(at.ledger.ended[0]!.ending).toMatchObject({ counts: true, follows: { kind: "done" } });
  });

  it("keeps the promise of a callback", async () => {
    const callbackAt = new Date("2026-11-23T15:00:00Z");
    const at = setUp({ runCall: async () => ({ disposition: "callback", callbackAt }) });
    at.addCampaign(campaignOf("c"), 1);
    at.telephone.answerAll = async () => answered();
    at.dialer.start();
    await at.clock.advance(10);
    expect(at.ledger.ended[0]!.ending.follows).toEqual({ kind: "callback", at: callbackAt, again: false });
  });
});

describe("when dialling goes wrong", () => {
  it("a throwing telephone is an unknown outcome: counted, never dialled again", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.telephone.answerAll = async () => {
      throw new Error("socket hang up");
    };
    at.dialer.start();
    await at.clock.advance(60_000);
    expect(at.telephone.dialled).toHaveLength(1);
    expect(at.ledger.ended[0]!.ending).toMatchObject({
      disposition: "unknown",
      counts: true,
      follows: { kind: "done" },
    });
  });

  it("an outcome that never comes is unknown, and a line that comes after all is hung up", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.dialer.start();
    await at.clock.advance(59_000);
    expect(at.ledger.ended).toHaveLength(0);
    await at.clock.advance(2_000);
    expect(at.endings()).toEqual(["a1 unknown done"]);
    const line = new FakeLine();
    at.telephone.dialled[0]!.settle(answered(line));
    at.telephone.dialled[0]!.onRinging();
    await at.clock.advance(1_000);
    expect(line.hungUp).toBe(1);
    expect(at.story()).toEqual(["a1 claimed", "a1 ended"]);
    expect(at.ledger.rang).toEqual([]);
  });

  it("a call that breaks off by our fault is interrupted, and the line hung up", async () => {
    const line = new FakeLine();
    const at = setUp({
      runCall: async () => {
        throw new Error("no such step");
      },
    });
    at.addCampaign(campaignOf("c"), 1);
    at.telephone.answerAll = async () => answered(line);
    at.dialer.start();
    await at.clock.advance(1_000);
    expect(at.endings()).toEqual(["a1 interrupted retry"]);
    expect(line.hungUp).toBe(1);
  });

  describe("whose call never comes to its end", () => {
    const stuck = async (changes: Parameters<typeof setUp>[0], whenHungUp = () => {}) => {
      const line = new FakeLine();
      line.hangUp = () => {
        line.hungUp += 1;
        whenHungUp();
      };
      const at = setUp({ runCall: () => new Promise(() => {}), ...changes });
      const campaign = campaignOf("c");
      at.addCampaign(campaign, 1);
      at.telephone.answerAll = async () => answered(line);
      at.dialer.start();
      await at.clock.advance(longestCallSeconds(campaign.settings) * 1000);
      expect([line.hungUp, at.endings()]).toEqual([0, []]);
      await at.clock.advance(60_000);
      expect(line.hungUp).toBeGreaterThan(0);
      expect(at.logged.join()).toContain("the call did not come to its end in time");
      return at;
    };

    it("is hung up after the longest a call can take, and ended by what is known of it", async () => {
      const at = await stuck({ lostCall: async () => ({ disposition: "partial", callbackAt: null }) });
      expect(at.endings()).toEqual(["a1 partial done"]);
      expect(at.telephone.taken).toBe(0);
    });

    it("is interrupted where nothing is known, or cannot be read", async () => {
      for (const lostCall of [
        undefined,
        () => new Promise<never>(() => {}),
        () => Promise.reject(new Error()),
      ]) {
        const at = await stuck(lostCall ? { lostCall } : {});
        expect(at.endings()).toEqual(["a1 interrupted retry"]);
      }
    });

    it("ends as it says itself, if it lets go once its line is gone", async () => {
      const { promise, resolve } = Promise.withResolvers<{ disposition: "completed"; callbackAt: null }>();
      const at = await stuck({ runCall: () => promise }, () =>
        resolve({ disposition: "completed", callbackAt: null }),
      );
      expect(at.endings()).toEqual(["a1 completed done"]);
    });
  });

  it("one bad attempt stops no other", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 6);
    let count = 0;
    at.telephone.answerAll = async () => {
      count += 1;
      if (count % 2) throw new Error("broken");
      return answered();
    };
    at.dialer.start();
    await at.clock.advance(2_000);
    expect(
      at
        .endings()
        .map((line) => line.split(" ")[1])
        .toSorted(),
    ).toEqual(["completed", "completed", "completed", "unknown", "unknown", "unknown"]);
  });
});

describe("before dialling", () => {
  it("a refusal by the ledger is final: not dialled, not ended by us, and claims rest a while", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1000);
    at.ledger.refuse = "outside-calling-hours";
    at.dialer.start();
    await at.clock.advance(5_000);
    expect(at.telephone.dialled).toHaveLength(0);
    expect(at.ledger.ended).toHaveLength(0);
    expect(at.story().slice(0, 2)).toEqual(["a1 claimed", "a1 refused"]);
    expect(at.ledger.calls.filter((name) => name === "claim").length).toBeLessThanOrEqual(6);
  });

  it("a commitment that throws is not dialled, and the visit given back", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.ledger.fail.set("commitToRing", 1);
    at.dialer.start();
    await at.clock.advance(1_000);
    expect(at.telephone.dialled).toHaveLength(0);
    expect(at.ledger.ended[0]!.ending).toMatchObject({
      disposition: "pending",
      counts: false,
      follows: { kind: "retry" },
    });
  });

  it("a commitment that took longer than others wait for us is not dialled", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    let release = () => {};
    at.ledger.hold.commitToRing = new Promise((resolve) => {
      release = resolve;
    });
    at.dialer.start();
    await at.clock.advance(6_000);
    release();
    await at.clock.advance(1_000);
    expect(at.telephone.dialled).toHaveLength(0);
    expect(at.endings()).toEqual(["a1 pending retry"]);
  });

  it("a rehearsal rings drama numbers and named ones only, a number out of range is rung by nobody", async () => {
    const named = "+441000000001";
    const phones: Record<string, string> = {
      a1: "+441000000000",
      a2: named,
      a3: "+447700900001",
      a4: "+449000000000",
    };
    const at = setUp({ allowNumbers: new Set([named, "+449000000000"]) });
    at.addCampaign(campaignOf("c"), 4);
    at.ledger.phoneOf = ({ id }) => phones[id]!;
    at.dialer.start();
    await at.clock.advance(1_000);
    expect(at.telephone.dialled.map(({ order }) => order.attemptId)).toEqual(["a2", "a3"]);
    expect(at.endings()).toEqual(["a1 suppressed done", "a4 suppressed done"]);
  });

  it("claims nothing while the telephone is not ready or the gate is shut, and goes on afterwards", async () => {
    let shut: string | null = null;
    const at = setUp({ gate: () => shut });
    at.addCampaign(campaignOf("c"), 2);
    at.telephone.ready = false;
    at.dialer.start();
    await at.clock.advance(2_000);
    expect(at.ledger.calls).not.toContain("claim");
    expect(at.ledger.calls).not.toContain("look");
    at.telephone.ready = true;
    shut = "stopped by staff";
    await at.clock.advance(2_000);
    expect(at.ledger.calls).not.toContain("claim");
    shut = null;
    await at.clock.advance(1_000);
    expect(at.telephone.dialled).toHaveLength(2);
  });

  it("a gate that shuts between claim and dialling is obeyed", async () => {
    let shut: string | null = null;
    const at = setUp({ gate: () => shut });
    at.addCampaign(campaignOf("c"), 1);
    let release = () => {};
    at.ledger.hold.commitToRing = new Promise((resolve) => {
      release = resolve;
    });
    at.dialer.start();
    await at.clock.advance(100);
    shut = "the database is away";
    release();
    await at.clock.advance(100);
    expect(at.telephone.dialled).toHaveLength(0);
    expect(at.endings()).toEqual(["a1 pending retry"]);
  });

  it("a campaign without a caller number does not start", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c", { callerNumber: "" }), 1);
    at.dialer.start();
    await at.clock.advance(2_000);
    expect(at.ledger.calls).not.toContain("claim");
    expect(at.logged.filter((line) => line.includes("caller number"))).toHaveLength(1);
  });

  it("a campaign that cannot be spoken does not start, which is told once; others go on", async () => {
    const faultsOf = ({ id }: { id: string }) => (id === "mute" ? ['there is no prompt "x"; add it'] : []);
    const at = setUp({ faultsOf });
    at.addCampaign(campaignOf("mute"), 1);
    at.addCampaign(campaignOf("spoken"), 1);
    at.dialer.start();
    await at.clock.advance(2_000);
    expect(at.telephone.dialled).toHaveLength(1);
    expect(at.ledger.due.get("mute")).toHaveLength(1);
    const told = at.logged.filter((line) => line.includes('there is no prompt \\"x\\"; add it'));
    expect(told).toEqual([expect.stringContaining('"campaignId":"mute"')]);
  });
});

describe("how many", () => {
  it("keeps to calls at once", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c", { maxCalls: 3 }), 10);
    at.dialer.start();
    await at.clock.advance(5_000);
    expect(at.telephone.dialled).toHaveLength(3);
    at.telephone.dialled[1]!.settle(busy);
    await at.clock.advance(1_000);
    expect(at.telephone.dialled).toHaveLength(4);
  });

  it("keeps to calls per second, fractions too", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c", { callsPerSecond: 0.5, maxCalls: 100 }), 100);
    at.dialer.start();
    await at.clock.advance(20_900);
    const gaps = at.telephone.dialled
      .map(({ atMs }, place, all) => atMs - (all[place - 1]?.atMs ?? 0))
      .slice(1);
    expect(at.telephone.dialled).toHaveLength(11);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(1_400);
  });

  it("keeps up with calls per second where the database takes most of the time between two looks", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c", { callsPerSecond: 25, maxCalls: 1000 }), 1000);
    at.telephone.answerAll = async () => answered();
    const claim = at.ledger.claim.bind(at.ledger);
    at.ledger.claim = async (...asked) => {
      await at.clock.wait(140);
      return claim(...asked);
    };
    at.dialer.start();
    await at.clock.advance(10_000);
    expect(at.telephone.dialled.length).toBeGreaterThan(240);
    expect(at.telephone.dialled.length).toBeLessThanOrEqual(251);
  });

  it("keeps up with many campaigns of a call now and then", async () => {
    const at = setUp({ freeCapacity: () => 1000 });
    for (let n = 0; n < 30; n += 1)
      at.addCampaign(campaignOf(`c${n}`, { callsPerSecond: 0.8, maxCalls: 100 }), 100);
    at.telephone.answerAll = async () => answered();
    const claim = at.ledger.claim.bind(at.ledger);
    at.ledger.claim = async (...asked) => {
      await at.clock.wait(140);
      return claim(...asked);
    };
    at.dialer.start();
    await at.clock.advance(20_000);
    expect(at.telephone.dialled.length).toBeGreaterThan(450);
  });

  it("leaves the database a pause where a look takes longer than the time between two", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 0);
    const read = at.ledger.runningCampaigns.bind(at.ledger);
    at.ledger.runningCampaigns = async () => {
      await at.clock.wait(1_000);
      return read();
    };
    at.dialer.start();
    await at.clock.advance(10_240);
    expect(at.ledger.calls.filter((name) => name === "runningCampaigns")).toHaveLength(10);
  });

  it("counts the calls of other instances", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c", { maxCalls: 3 }), 10);
    at.ledger.open.add("theirs-1").add("theirs-2");
    at.dialer.start();
    await at.clock.advance(3_000);
    expect(at.telephone.dialled).toHaveLength(1);
  });

  it("gives no free line to two campaigns in one round", async () => {
    const at: ReturnType<typeof setUp> = setUp({ freeCapacity: () => 1 - at.telephone.dialled.length });
    at.addCampaign(campaignOf("c"), 5);
    at.addCampaign(campaignOf("d"), 5);
    at.dialer.start();
    await at.clock.advance(5_000);
    expect(at.telephone.dialled).toHaveLength(1);
  });

  it("gives a line that a campaign asked for and found nobody for to another in the same round", async () => {
    const at: ReturnType<typeof setUp> = setUp({ freeCapacity: () => 1 });
    // Due, it seems, and none to be rung: their hours are others, or their day's calls are made.
    at.addCampaign(campaignOf("c"), 0);
    at.addCampaign(campaignOf("d"), 5);
    at.ledger.look = async () => ({ due: true, inFlight: 0 });
    at.dialer.start();
    await at.clock.advance(1);
    expect(at.telephone.dialled).toHaveLength(1);
  });

  it("shares scarce lines between campaigns", async () => {
    const at: ReturnType<typeof setUp> = setUp({ freeCapacity: () => 1 });
    at.addCampaign(campaignOf("c"), 50);
    at.addCampaign(campaignOf("d"), 50);
    at.telephone.answerAll = async () => answered();
    at.dialer.start();
    await at.clock.advance(4_000);
    const ofC = at.ledger.ended.filter(({ attempt }) => attempt.campaignId === "c").length;
    const ofD = at.ledger.ended.length - ofC;
    expect(ofC + ofD).toBeGreaterThan(15);
    expect(Math.abs(ofC - ofD)).toBeLessThanOrEqual(1);
  });
});

describe("when the database is away", () => {
  it("goes on afterwards, and does not hammer it meanwhile", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.ledger.fail.set("runningCampaigns", 10);
    at.dialer.start();
    await at.clock.advance(9_500);
    expect(at.ledger.calls.length).toBe(10);
    expect(at.telephone.dialled).toHaveLength(0);
    await at.clock.advance(2_000);
    expect(at.telephone.dialled).toHaveLength(1);
  });

  it.each(["writePermittedSpans", "look", "claim", "ringing"])("survives a failing %s", async (name) => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.ledger.fail.set(name, 3);
    at.telephone.answerAll = async (_, onRinging) => {
      onRinging();
      return answered();
    };
    at.dialer.start();
    await at.clock.advance(10_000);
    expect(at.endings()).toEqual(["a1 completed done"]);
  });

  it("writes an end however often it takes, and tells it once", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.telephone.answerAll = async () => answered();
    at.ledger.fail.set("end", 8);
    at.dialer.start();
    await at.clock.advance(5_000);
    expect(at.dialer.live).toBe(1);
    await at.clock.advance(60_000);
    expect(at.endings()).toEqual(["a1 completed done"]);
    expect(at.story().filter((line) => line.endsWith("ended"))).toHaveLength(1);
    expect(at.dialer.live).toBe(0);
  });

  it("one campaign's trouble is not the other's", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c", { callingHours: { ...defaultCallingHours } }), 0);
    at.ledger.campaigns[0]!.settings.callingHours.timeZone = "Nowhere/Land";
    at.addCampaign(campaignOf("d"), 1);
    at.dialer.start();
    await at.clock.advance(3_000);
    expect(at.telephone.dialled).toHaveLength(1);
  });
});

describe("permitted spans", () => {
  it("are written before the first claim, daily, and when the hours change", async () => {
    const at = setUp();
    const campaign = campaignOf("c", { callingHours: defaultCallingHours });
    at.addCampaign(campaign, 1);
    at.dialer.start();
    await at.clock.advance(1_000);
    expect(at.ledger.calls.indexOf("writePermittedSpans")).toBeLessThan(at.ledger.calls.indexOf("claim"));
    expect(at.ledger.spans).toHaveLength(1);
    expect(at.ledger.spans[0]!.spans).toHaveLength(7); // eight days from a Monday, one of them a Sunday
    at.ledger.campaigns = [
      {
        ...campaign,
        settings: {
          ...campaign.settings,
          callingHours: { ...defaultCallingHours, closedOn: ["2026-11-24"] },
        },
      },
    ];
    await at.clock.advance(1_000);
    expect(at.ledger.spans.map(({ spans }) => spans.length)).toEqual([7, 6]);
    at.clock.ms += 24 * 3_600_000;
    await at.clock.advance(1_000);
    expect(at.ledger.spans).toHaveLength(3);
  });
});

describe("stopping", () => {
  it("starts no new call and waits for those under way", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c", { maxCalls: 2 }), 10);
    at.dialer.start();
    await at.clock.advance(500);
    let stopped: { unfinished: number } | null = null;
    at.dialer.stop({ withinMs: 60_000 }).then((result) => {
      stopped = result;
    });
    at.telephone.dialled[0]!.settle(answered());
    await at.clock.advance(1_000);
    expect(stopped).toBe(null);
    at.telephone.dialled[1]!.settle(busy);
    await at.clock.advance(100);
    expect(stopped).toEqual({ unfinished: 0 });
    await at.clock.advance(5_000);
    expect(at.telephone.dialled).toHaveLength(2);
  });

  it("ends at the deadline, with what is left", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 2);
    at.dialer.start();
    await at.clock.advance(500);
    const stopping = at.dialer.stop({ withinMs: 10_000 });
    await at.clock.advance(10_000);
    expect(await stopping).toEqual({ unfinished: 2 });
  });

  it("gives back what a claim under way still brings", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 0);
    at.dialer.start();
    await at.clock.advance(1_000);
    at.ledger.due.set("c", ["v1", "v2"]);
    let release = () => {};
    at.ledger.hold.claim = new Promise((resolve) => {
      release = resolve;
    });
    at.dialer.start();
    await at.clock.advance(500);
    const stopping = at.dialer.stop({ withinMs: 10_000 });
    release();
    await at.clock.advance(500);
    expect(await stopping).toEqual({ unfinished: 0 });
    expect(at.telephone.dialled).toHaveLength(0);
    expect(at.endings()).toEqual(["a1 pending retry", "a2 pending retry"]);
    expect(at.ledger.calls).not.toContain("commitToRing");
  });

  it("does not wait for a database that never answers", async () => {
    const at = setUp();
    at.addCampaign(campaignOf("c"), 1);
    at.ledger.hold.claim = new Promise(() => {});
    at.dialer.start();
    await at.clock.advance(500);
    const stopping = at.dialer.stop({ withinMs: 1_000 });
    await at.clock.advance(1_000);
    expect(await stopping).toEqual({ unfinished: 0 });
  });

  it("at once, before anything began", async () => {
    const at = setUp();
    expect(await at.dialer.stop({ withinMs: 1_000 })).toEqual({ unfinished: 0 });
  });
});

it("waits between its looks: five a second when nothing is due", async () => {
  const at = setUp();
  at.addCampaign(campaignOf("c"), 0);
  at.dialer.start();
  at.dialer.start();
  await at.clock.advance(10_000);
  expect(at.ledger.calls.filter((name) => name === "runningCampaigns").length).toBeLessThanOrEqual(51);
});

it("a board that throws breaks no call, and no log line holds a number", async () => {
  const at = setUp({
    onEvent: () => {
      throw new Error("the board is broken");
    },
  });
  at.addCampaign(campaignOf("c"), 3);
  at.telephone.answerAll = async ({ attemptId }, onRinging) => {
    onRinging();
    if (attemptId === "a2") throw new Error("broken");
    return attemptId === "a1" ? busy : answered();
  };
  at.ledger.fail.set("end", 2);
  at.dialer.start();
  await at.clock.advance(5_000);
  expect(at.ledger.ended).toHaveLength(3);
  expect(at.logged.length).toBeGreaterThan(3);
  expect(at.logged.join("\n")).not.toMatch(/7700|\d{9}/);
});

describe("the trunk's pace", () => {
  it("is asked before visits are claimed, gets back what was not due, and hears how calls ended", async () => {
    const asked: number[] = [];
    const back: string[][] = [];
    const told: [string | null, boolean][] = [];
    const at = setUp({
      trunk: {
        take: async (most) => {
          asked.push(most);
          return ["first", "second"];
        },
        giveBack: (unused) => back.push([...unused]),
        told: (trunk, refused) => told.push([trunk, refused]),
        chooses: true,
        ...{ callsPerSecond: 10, share: 1 },
      },
    });
    at.addCampaign(campaignOf("c", { callsPerSecond: 40 }), 1);
    at.dialer.start();
    await at.clock.advance(200);
    expect(asked[0]).toBeGreaterThanOrEqual(1);
    expect(back[0]).toEqual(["second"]);
    expect([at.telephone.dialled[0]!.order.trunk, at.ledger.trunks[0]]).toEqual(["first", "first"]);
    at.telephone.dialled[0]!.settle(busy);
    await at.clock.advance(10);
    expect(told).toEqual([["first", false]]);
  });

  it("lets nothing be claimed that the trunk does not take", async () => {
    const none = {
      chooses: false,
      take: async () => [],
      giveBack: () => {},
      told: () => {},
      callsPerSecond: 0.1,
      share: 0.1,
    };
    const at = setUp({ trunk: none });
    at.addCampaign(campaignOf("c"), 3);
    at.dialer.start();
    await at.clock.advance(2_000);
    expect(at.telephone.dialled).toEqual([]);
    expect(at.ledger.rang).toEqual([]);
  });
});
