import { describe, expect, it } from "vitest";
import { meetsCanary } from "#release/arm.ts";
import { type ArmFigures, alphaEach, canaryLooks, lookDue, verdictOf } from "#release/canary.ts";
import { atLeastByChance } from "#release/fisher.ts";

const none: ArmFigures = {
  ...{ calls: 0, failed: 0, hungUp: 0, unanswered: 0 },
  ...{ silent: 0, silentInbound: 0, missingPrompts: 0 },
};
const last: ArmFigures = { ...none, calls: 1_000, failed: 5, hungUp: 200, unanswered: 100 };

/** The same numbers at every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const drawn = (calls: number, rate: number, next: () => number): number =>
  Array.from({ length: calls }, next).filter((value) => value < rate).length;

/** A canary from its first call to its last look, or to the look that rolls it back. */
function isRolledBack(hungUpRate: number, next: () => number): boolean {
  const canary = { ...none };
  const others = { ...none };
  for (const look of canaryLooks) {
    const more = look - canary.calls;
    for (const [arm, calls, rate] of [
      [canary, more, hungUpRate],
      [others, more * 19, 0.2],
    ] as const) {
      arm.calls += calls;
      arm.failed += drawn(calls, 0.01, next);
      arm.hungUp += drawn(calls, rate, next);
      arm.unanswered += drawn(calls, 0.1, next);
    }
    if (verdictOf({ canary, last: others }, look).kind === "bad") return true;
  }
  return false;
}

describe("a canary", () => {
  it.each([
    ["nothing yet", {}, null, "waits"],
    ["a look without a fault", { calls: 20, hungUp: 4, unanswered: 2 }, 20, "waits"],
    ["as many calls as it takes", { calls: 200, failed: 1, hungUp: 42, unanswered: 21 }, 200, "good"],
    ["one call in silence", { calls: 1, silent: 1 }, null, "bad"],
    ["one missing prompt", { calls: 1, missingPrompts: 1 }, null, "bad"],
    ["more faults", { calls: 40, failed: 6 }, 40, "bad"],
    ["more hang-ups", { calls: 80, hungUp: 32 }, 80, "bad"],
    ["more silences of theirs", { calls: 80, unanswered: 22 }, 80, "bad"],
    ["a few more, which chance does", { calls: 80, hungUp: 22 }, 80, "waits"],
    ["fewer hang-ups", { calls: 200, hungUp: 2, unanswered: 1 }, 200, "good"],
    ["more hang-ups, between two looks", { calls: 90, hungUp: 60 }, null, "waits"],
  ] as const)("with %s", (_, canary, look, kind) => {
    expect(verdictOf({ canary: { ...none, ...canary }, last }, look).kind).toBe(kind);
  });

  it.each([
    [{ silent: 1, silentInbound: 0 }, "1 answered call heard nothing"],
    [{ silent: 1, silentInbound: 1 }, "1 call to us heard nothing"],
    [{ silent: 5, silentInbound: 2 }, "3 answered calls and 2 calls to us heard nothing"],
  ])("says of %o whose silence it was", (silence, words) => {
    const { states } = verdictOf({ canary: { ...none, calls: 9, ...silence }, last }, null);
    expect(states).toBe(`${words}: one is enough`);
  });

  it("states the test, its figures and what counts", () => {
    const { states } = verdictOf({ canary: { ...none, calls: 80, hungUp: 32 }, last }, 80);
    expect(states).toContain("people hung up before any answer 40.0 % instead of 20.0 % (p < 0.0001)");
    expect(states).toContain(
      "Fisher's exact test, one-sided, at 80 calls (80 of this release, 1000 of the last)",
    );
    expect(states).toContain("below p = 0.0028");
  });

  it("is looked at once at each number, and not between", () => {
    const at = (calls: number, taken: number[]) => lookDue({ canary: { ...none, calls }, last }, taken);
    expect([at(9, []), at(10, []), at(13, [10]), at(25, [10]), at(500, [200])]).toEqual([
      null,
      10,
      null,
      20,
      null,
    ]);
  });

  it("is as good as the last one, and rolled back by chance in at most 5 of 100", () => {
    const next = chance(20_261_122);
    const runs = 600;
    const alarms = Array.from({ length: runs }, () => isRolledBack(0.2, next)).filter(Boolean).length;
    expect(alarms / runs).toBeLessThan(0.05);
    expect(alarms).toBeGreaterThan(0);
  });

  it("loses twice as many people, and is nearly always rolled back", () => {
    const next = chance(7);
    const found = Array.from({ length: 100 }, () => isRolledBack(0.4, next)).filter(Boolean).length;
    expect(found).toBeGreaterThan(95);
  });
});

describe("Fisher's exact test", () => {
  // Fisher's own: the lady tasting tea.
  it.each([
    [{ of: 3, calls: 4 }, { of: 1, calls: 4 }, 17 / 70],
    [{ of: 4, calls: 4 }, { of: 0, calls: 4 }, 1 / 70],
    [{ of: 0, calls: 10 }, { of: 5, calls: 10 }, 1],
    [{ of: 0, calls: 0 }, { of: 0, calls: 0 }, 1],
  ])("of %o and %o", (ours, theirs, p) => {
    expect(atLeastByChance(ours, theirs)).toBeCloseTo(p, 10);
  });

  it("keeps its share of the false alarms", () => expect(alphaEach).toBeCloseTo(0.05 / 18, 10));
});

describe("the people of a canary", () => {
  const people = Array.from({ length: 10_000 }, (_, n) => `person ${n}`);
  const met = (release: number) => new Set(people.filter((person) => meetsCanary(person, release, 0.05)));

  it("are so many as was said, always the same, and others next time", () => {
    const third = met(3);
    expect(third.size).toBeGreaterThan(430);
    expect(third.size).toBeLessThan(570);
    expect(met(3)).toEqual(third);
    expect([...met(4)].filter((person) => third.has(person)).length).toBeLessThan(60);
  });

  it("are nobody, or everybody", () => {
    expect(people.some((person) => meetsCanary(person, 3, 0))).toBe(false);
    expect(people.every((person) => meetsCanary(person, 3, 1))).toBe(true);
  });
});
