import { describe, expect, it } from "vitest";
import { Easing } from "#asterisk/easing.ts";
import { EventLag } from "#asterisk/event-lag.ts";

describe("how late events come", () => {
  it("is what they waited beyond the usual, whatever the clocks say", () => {
    const lag = new EventLag();
    const aheadMs = 90_000; // Asterisk's clock
    for (const [sent, came] of [
      [0, 4],
      [100, 112],
      [200, 203],
    ] as const)
      lag.take(sent + aheadMs, came);
    expect(lag.worstMs()).toBe(9);
    expect(lag.worstMs()).toBeNull();
    lag.take(1_000 + aheadMs, 2_503);
    expect(lag.worstMs()).toBe(1_500);
  });

  it("follows a clock that was set: what was the least ten minutes ago is forgotten", () => {
    const lag = new EventLag();
    lag.take(0, 5);
    const minutes = (count: number) => count * 60_000;
    for (const at of [minutes(6), minutes(12)]) lag.take(at, at + 2_005);
    lag.worstMs();
    lag.take(minutes(13), minutes(13) + 2_010);
    expect(lag.worstMs()).toBe(5);
  });
});

describe("a node that cannot keep up", () => {
  it("is given half as many calls with each look, and as many as before once it can", () => {
    const easing = new Easing();
    const seen: (number | null)[] = [];
    for (const [lagMs, calls] of [
      [20, 40],
      [1_200, 40],
      [2_500, 38],
      [1_000, 20],
      [null, 6],
      [30, 5],
      [30, 9],
      [30, 18],
    ] as const) {
      easing.look(lagMs, calls);
      seen.push(easing.most);
    }
    expect(seen).toEqual([null, 20, 10, 5, 10, 20, null, null]);
  });

  it("keeps one call, by which it shows that it can again", () => {
    const easing = new Easing();
    for (let looks = 0; looks < 5; looks++) easing.look(5_000, 1);
    expect(easing.most).toBe(1);
    easing.look(10, 1);
    expect(easing.most).toBeNull();
  });
});
