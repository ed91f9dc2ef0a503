import { describe, expect, it } from "vitest";
import { tellVisit } from "#campaign/tell-visit.ts";
import type { AttemptRecord, VisitHistory } from "#campaign/visit-history.ts";
import { campaignOf } from "./dialer-fakes.ts";

const at = new Date("2026-11-20T10:00:00Z");
const options = { now: at, say: (moment: Date) => moment.toISOString().slice(11, 19) };

const attempt: AttemptRecord = {
  ...{ number: 1, reason: "first", again: false, state: "ended", refusedBecause: null, claimedAt: at },
  ...{ dialedAt: at, ringingAt: null, answeredAt: null, endedAt: at, cause: 17, sipCode: 486 },
  ...{ disposition: "busy", counts: true, evidence: null, call: null },
} as AttemptRecord;

const history = (different: Partial<VisitHistory>): VisitHistory =>
  ({
    ...{ visitRef: "V1", campaign: campaignOf("c"), status: "done", disposition: "busy", importedAt: at },
    ...{
      doNotCallReason: null,
      changes: [],
      attempts: [attempt],
      passedOver: [],
      callbacks: [],
      optOuts: [],
    },
    ...different,
  }) as unknown as VisitHistory;

describe("a visit's history", () => {
  it("tells what an attempt led to after it, though both were in one millisecond", () => {
    const change = { at, status: "done", disposition: "busy", notBefore: at, nextReason: "retry", by: null };
    const lines = tellVisit(history({ changes: [change] as unknown as VisitHistory["changes"] }), options);
    expect(lines.map((line) => line.trim())).toEqual([
      'Visit V1 of the campaign "c": busy',
      "10:00:00  imported: to be called",
      "10:00:00  attempt 1, the first call: dialled",
      "10:00:00  ended: busy (SIP 486, cause 17); it counts",
      "10:00:00  done: busy",
      "It is not called again.",
    ]);
  });

  it.each([
    ["completed", 1, "they have answered"],
    ["opted_out", 1, "they asked never to be called again"],
    ["busy", 3, "the campaign allows 3 attempts that ring"],
  ] as const)("says why nobody is called again after %s", (disposition, counted, because) => {
    const lines = tellVisit(history({ disposition, counted }), options);
    expect(lines.at(-1)?.trim()).toBe(`It is not called again: ${because}.`);
  });
});
