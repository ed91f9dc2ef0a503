import { describe, expect, it } from "vitest";
import {
  afterCalls,
  isRefusal,
  isSilence,
  sharesInTurn,
  type TrunkBreaker,
  wellBreaker,
} from "#campaign/trunk-breaker.ts";

const look = (from: TrunkBreaker, ...looks: [ended: number, refused: number, nowMs: number][]) =>
  looks.reduce((breaker, [ended, refused, nowMs]) => afterCalls(breaker, { ended, refused }, nowMs), from);

describe("a trunk that refuses calls", () => {
  it("gets half of its calls as soon as the storm is plain, and half again while it lasts", () => {
    const once = look(wellBreaker(0), [3, 2, 200], [2, 1, 400]);
    expect(once.share).toBe(0.5);
    expect(look(once, [5, 5, 1_000], [5, 5, 2_000]).share).toBe(0.125);
  });

  it("is not slowed by a few, nor by busy people", () => {
    expect(look(wellBreaker(0), [4, 4, 1_000]).share).toBe(1);
    expect(look(wellBreaker(0), [100, 30, 1_000]).share).toBe(1);
  });

  it("is always asked now and then, and gets back a tenth of its pace every five seconds", () => {
    let breaker = look(
      wellBreaker(0),
      ...Array.from({ length: 20 }, (_, n) => [9, 9, n] as [number, number, number]),
    );
    expect(breaker.share).toBe(1 / 64);
    for (let nowMs = 6_000; nowMs < 70_000; nowMs += 5_000) breaker = look(breaker, [1, 0, nowMs]);
    expect(breaker.share).toBe(1);
  });

  it("gets its share back when nothing is dialled at all", () => {
    expect(look({ ...wellBreaker(0), share: 0.5 }, [0, 0, 5_000]).share).toBeCloseTo(0.6);
  });
});

it.each([
  ["congestion", 503, true],
  ["congestion", null, true],
  ["no_answer", 403, true],
  ["no_answer", 480, false],
  ["busy", 486, false],
  ["completed", 200, false],
])("%s with SIP %s is a refusal: %s", (disposition, sipCode, refused) => {
  expect(isRefusal({ disposition, sipCode })).toBe(refused);
});

describe("several trunks in turn", () => {
  it.each([
    [[1], [1]],
    [[0.25], [0.25]],
    [
      [1, 1],
      [1, 0],
    ],
    [
      [0.25, 1],
      [0.25, 0.75],
    ],
    [
      [0.5, 0.5, 1],
      [0.5, 0.25, 0.25],
    ],
  ])("shares %j: %j", (shares, expected) => {
    expect(sharesInTurn(shares)).toEqual(expected);
  });

  it.each([
    [{ disposition: "no_answer", rang: true }, false],
    [{ disposition: "no_answer", rang: false }, true],
    [{ disposition: "unknown", rang: true }, true],
    [{ disposition: "busy", rang: false }, false],
    [{ disposition: "completed", rang: true }, false],
  ])("%j is silence: %s", (ending, silent) => {
    expect(isSilence(ending)).toBe(silent);
  });
});
