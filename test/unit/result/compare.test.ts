import { describe, expect, it } from "vitest";
import { compareShares, wilson } from "#result/compare.ts";

const rounded = (of: number) => Math.round(of * 10_000) / 10_000;

describe("one share's interval", () => {
  // Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3 (Wilson's score).
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("of %i in %i is as published", (of, calls, low, high) => {
    const found = wilson({ of, calls });
    expect([rounded(found.low), rounded(found.high)]).toEqual([low, high]);
  });

  it("of no calls says nothing", () => {
    expect(wilson({ of: 0, calls: 0 })).toEqual({ low: 0, high: 1 });
  });
});

describe("the difference of two", () => {
  // Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10; first less second there.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])("%i/%i less %i/%i has the published interval", (a, m, b, n, low, high) => {
    const { interval } = compareShares({ of: b, calls: n }, { of: a, calls: m });
    expect([rounded(interval.low), rounded(interval.high)]).toEqual([low, high]);
  });

  it("names nothing as better while 0 is within the interval, and says how many calls it would take", () => {
    const unclear = compareShares({ of: 60, calls: 100 }, { of: 66, calls: 100 });
    expect(unclear.verdict).toBe("unclear");
    expect(unclear.interval.low).toBeLessThan(0);
    // (1.96 + 0.84)² × (0.6 × 0.4 + 0.66 × 0.34) / 0.06² = 1013 each, 100 of which are there.
    expect(unclear.callsMore).toBe(913);
    expect(compareShares({ of: 600, calls: 1000 }, { of: 660, calls: 1000 })).toMatchObject({
      ...{ verdict: "second", callsMore: 0 },
    });
    expect(compareShares({ of: 66, calls: 80 }, { of: 30, calls: 80 }).verdict).toBe("first");
  });

  it("promises no number where the shares are the same, or calls are few", () => {
    expect(compareShares({ of: 50, calls: 100 }, { of: 50, calls: 100 }).callsMore).toBeNull();
    expect(compareShares({ of: 1, calls: 3 }, { of: 2, calls: 3 }).callsMore).toBeNull();
    expect(compareShares({ of: 0, calls: 0 }, { of: 0, calls: 0 })).toMatchObject({
      verdict: "unclear",
      difference: 0,
    });
    expect(() => compareShares({ of: 3, calls: 2 }, { of: 0, calls: 0 })).toThrow(RangeError);
  });

  it("calls a difference that is none real no more often than 1 time in 20", () => {
    // A generator of its own (mulberry32), so that the same shares come every time.
    let seed = 7;
    const chance = () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    };
    const arm = () => ({
      calls: 150,
      of: Array.from({ length: 150 }, chance).filter((drawn) => drawn < 0.62).length,
    });
    const wrong = Array.from({ length: 2_000 }, () => compareShares(arm(), arm())).filter(
      ({ verdict }) => verdict !== "unclear",
    ).length;
    expect(wrong / 2_000).toBeLessThan(0.06);
    expect(wrong).toBeGreaterThan(0);
  });
});
