import { describe, expect, it } from "vitest";
import { happenedOf, verdictsOf } from "#alerts/conditions.ts";
import type { VitalSigns } from "#alerts/vital-signs.ts";
import { goodNode, goodVitals, goodWork } from "../../support/vitals.ts";

const limits = { wordsLateHours: 4, host: "app-1" };
const holding = (different: Partial<VitalSigns>) =>
  verdictsOf(goodVitals(different), limits)
    .filter(({ holds }) => holds)
    .map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`);
const unknown = (different: Partial<VitalSigns>) =>
  verdictsOf(goodVitals(different), limits)
    .filter(({ holds }) => holds === null)
    .map(({ kind }) => kind);
const clock = { differenceMs: 0, uncertainMs: 1 };
const work = (different: object) => ({
  database: { kind: "there", clock, work: { ...goodWork, ...different } } as const,
});

describe("what is wrong", () => {
  it("is nothing where all is well", () => expect(holding({})).toEqual([]));

  it.each<[string, Partial<VitalSigns>]>([
    ["node-deaf asterisk.example:8088: its ARI is lost", { nodes: [{ ...goodNode, ari: "lost" }] }],
    ["node-full asterisk.example:8088: 5 of 5 calls under way", { maxCalls: 5, callsUnderWay: 5 }],
    ["disk-low app-1: 12 MB are free", { disk: { kind: "read", freeBytes: 12_345_678, isLow: true } }],
    ["disk-low app-1: it cannot be written", { disk: { kind: "unreadable" } }],
    [
      "clock-apart app-1: the database's clock is -2.5 s from this machine's",
      { database: { kind: "there", clock: { differenceMs: -2_500, uncertainMs: 100 }, work: goodWork } },
    ],
    [
      "words-late : 3 stories wait, the oldest for 4.5 h",
      work({ transcripts: { waiting: 3, givenUp: 0, oldestSeconds: 4.5 * 3600 } }),
    ],
    [
      "promise-late : 2 promised calls have not begun five minutes after they were due",
      work({ promises: { ...goodWork.promises, late: 2 } }),
    ],
    [
      "urgent-untaken : 2 stories, the oldest for 0.6 h: s1, s2",
      work({ urgent: { open: 5, untaken: ["s1", "s2"], oldestUntakenSeconds: 2_000 } }),
    ],
    [
      "canary-waits : release 8 has had 37 of the 200 calls that it takes, at 5 % of calls",
      work({ canary: { number: 8, calls: 37, wanted: 200, share: 0.05, workingHours: 25 } }),
    ],
    ["trunk-refuses : it gets 25 % of its calls per second", work({ trunkShare: 0.25 })],
    [
      "cap-reached : c1: campaign-calls-a-day",
      work({ capped: [{ campaignId: "c1", because: "campaign-calls-a-day" }] }),
    ],
    ["campaign-damaged : c1; c2", work({ damaged: ["c1", "c2"] })],
  ])("%s", (told, different) => expect(holding(different)).toEqual([told]));

  it.each<[string, Partial<VitalSigns>]>([
    ["a free line is left", { maxCalls: 5, callsUnderWay: 4 }],
    ["no limit is known", { maxCalls: null, callsUnderWay: 400 }],
    ["a story waits less", work({ transcripts: { waiting: 3, givenUp: 0, oldestSeconds: 3.9 * 3600 } })],
    [
      "the measurement may be out by as much",
      { database: { kind: "there", clock: { differenceMs: 2_500, uncertainMs: 600 }, work: goodWork } },
    ],
    [
      "an urgent story has waited for somebody less than half an hour",
      work({ urgent: { open: 1, untaken: ["s1"], oldestUntakenSeconds: 1_800 } }),
    ],
    [
      "a release is on trial for a working day",
      work({ canary: { number: 8, calls: 0, wanted: 200, share: 0.05, workingHours: 24 } }),
    ],
    ["AMI alone is away", { nodes: [{ ...goodNode, ami: "away" }] }],
  ])("is nothing where %s", (_, different) => expect(holding(different)).toEqual([]));

  it("is not known of what nobody could look at: nothing is raised, and nothing resolved", () => {
    const ofTheTables = [
      "words-late",
      "promise-late",
      "urgent-untaken",
      "canary-waits",
      "trunk-refuses",
      "cap-reached",
      "campaign-damaged",
    ];
    expect(unknown({ database: { kind: "away" } })).toEqual([...ofTheTables, "clock-apart"]);
    expect(unknown({ database: { kind: "there", clock, work: null } })).toEqual(ofTheTables);
  });
});

it("stories of which a part is missing are told by their ids", () => {
  expect(happenedOf(goodVitals(work({ truncatedStories: ["s1"] })))).toEqual([
    { kind: "story-truncated", subject: "s1", detail: "" },
  ]);
});

it("broken promises are told by their ids", () => {
  expect(happenedOf(goodVitals(work({ brokenPromises: ["c1", "c2"] })))).toEqual([
    { kind: "promise-broken", subject: "c1", detail: "" },
    { kind: "promise-broken", subject: "c2", detail: "" },
  ]);
  expect(happenedOf(goodVitals({ database: { kind: "away" } }))).toEqual([]);
});
