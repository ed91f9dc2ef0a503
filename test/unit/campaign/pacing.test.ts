import { describe, expect, it } from "vitest";
import { callsToStart, fill, newBucket, spend } from "#campaign/pacing.ts";

const free = { maxCalls: 1000, inFlight: 0, freeCapacity: 1000 };

/** Starts of a loop that looks every `everyMs`, as milliseconds. */
function startsOf(callsPerSecond: number, seconds: number, everyMs = 200): number[] {
  const starts: number[] = [];
  let bucket = newBucket(0);
  for (let now = 0; now < seconds * 1000; now += everyMs) {
    bucket = fill(bucket, callsPerSecond, now);
    const count = callsToStart(bucket, free);
    bucket = spend(bucket, count);
    for (let n = 0; n < count; n += 1) starts.push(now);
  }
  return starts;
}

describe("calls per second", () => {
  it.each([0.1, 0.5, 1, 3, 10, 24, 100])("%f are kept to, over a minute", (rate) => {
    const starts = startsOf(rate, 60);
    expect(starts.length).toBeGreaterThanOrEqual(Math.floor(rate * 60 * 0.98));
    expect(starts.length).toBeLessThanOrEqual(rate * 60 + 1 + rate / 4);
  });

  it.each([0.5, 1, 3, 10, 24, 100])(
    "%f: never more than one and a quarter second's worth above it in any second",
    (rate) => {
      for (const every of [200, 1700]) {
        const starts = startsOf(rate, 60, every);
        for (const from of starts) {
          const within = starts.filter((at) => at >= from && at < from + 1000).length;
          expect(within).toBeLessThanOrEqual(Math.ceil(rate + 1 + rate / 4));
        }
      }
    },
  );

  it("a long pause saves up no burst", () => {
    const bucket = fill(newBucket(0), 8, 3_600_000);
    expect(callsToStart(bucket, free)).toBe(3);
  });

  it("starts the first call at once, and one in ten seconds at 0.1", () => {
    expect(startsOf(0.1, 35)).toEqual([0, 10_000, 20_000, 30_000]);
  });

  it("fills nothing when the clock goes backwards", () => {
    const bucket = fill(spend(newBucket(5000), 1), 1, 1000);
    expect(bucket).toEqual({ tokens: 0, atMs: 5000 });
  });
});

it("keeps to the calls at once and the free capacity", () => {
  const bucket = { tokens: 50, atMs: 0 };
  expect(callsToStart(bucket, { maxCalls: 10, inFlight: 7, freeCapacity: 100 })).toBe(3);
  expect(callsToStart(bucket, { maxCalls: 10, inFlight: 0, freeCapacity: 2 })).toBe(2);
  expect(callsToStart(bucket, { maxCalls: 10, inFlight: 12, freeCapacity: 100 })).toBe(0);
  expect(callsToStart(bucket, { maxCalls: 100, inFlight: 0, freeCapacity: 100 })).toBe(50);
  expect(callsToStart(bucket, { maxCalls: 10, inFlight: 0, freeCapacity: -1 })).toBe(0);
});
