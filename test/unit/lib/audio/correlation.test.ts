import { describe, expect, test } from "vitest";
import { findWithin } from "#lib/audio/correlation.ts";
import { decodeALaw, encodeALaw } from "#lib/audio/g711.ts";

const RATE = 8000;

/** Something as irregular as speech, the same each time for the same seed. */
function babble(seconds: number, seed: number): Int16Array {
  let state = seed;
  let smooth = 0;
  return Int16Array.from({ length: seconds * RATE }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    smooth = 0.7 * smooth + 0.3 * (state / 2_147_483_648 - 1);
    return 9000 * smooth * (1 + Math.sin(i / (700 + seed)));
  });
}

function placed(sound: Int16Array, at: number, length: number): Int16Array {
  const within = new Int16Array(length);
  within.set(sound.subarray(0, length - at), at);
  return within;
}

test("a sound is found in itself", () => {
  const { correlation, offsetSamples } = findWithin(babble(1, 1), babble(1, 1));
  expect(correlation).toBeCloseTo(1, 6);
  expect(offsetSamples).toBe(0);
});

test("ten seconds are found in thirty, through the telephone's codec and at another volume, in little time", () => {
  const sought = babble(10, 1);
  const recorded = decodeALaw(encodeALaw(placed(sought, 12_345, 30 * RATE).map((s) => s / 4)));
  const begun = process.threadCpuUsage(); // not by the clock: other tests may keep the machine busy
  const { correlation, offsetSamples } = findWithin(sought, recorded);
  expect(process.threadCpuUsage(begun).user).toBeLessThan(1_500_000);
  expect(offsetSamples).toBe(12_345);
  expect(correlation).toBeGreaterThan(0.99);
});

describe("where a part is missing", () => {
  test("at the beginning, the offset is negative", () => {
    const { correlation, offsetSamples } = findWithin(babble(4, 1), babble(4, 1).subarray(5000));
    expect(offsetSamples).toBe(-5000);
    expect(correlation).toBeCloseTo(1, 6);
  });

  test("at the end, the offset is that of what is left", () => {
    expect(findWithin(babble(4, 1), placed(babble(4, 1), 9000, 30_000)).offsetSamples).toBe(9000);
  });

  test("more than the overlap allows, it is not found", () => {
    expect(findWithin(babble(4, 1), babble(4, 1).subarray(0, 8000)).correlation).toBeLessThan(0.4);
  });

  test("in the middle, the correlation says so", () => {
    const gap = babble(4, 1).fill(0, 8000, 16_000);
    expect(findWithin(babble(4, 1), gap).correlation).toBeLessThan(0.95);
  });
});

test("another sound is not found", () => {
  expect(findWithin(babble(5, 1), babble(10, 77)).correlation).toBeLessThan(0.2);
});

test("nothing is found in silence, nor silence in anything", () => {
  expect(findWithin(babble(1, 1), new Int16Array(RATE)).correlation).toBe(0);
  expect(findWithin(new Int16Array(RATE), babble(1, 1)).correlation).toBe(0);
  expect(findWithin(new Int16Array(0), babble(1, 1)).correlation).toBe(0);
});
