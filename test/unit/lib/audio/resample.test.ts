import { describe, expect, test } from "vitest";
import { resample, toFloat, toInt16 } from "#lib/audio/resample.ts";

const sine = (hertz: number, rate: number, seconds = 0.5) =>
  Float32Array.from({ length: rate * seconds }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

/** RMS without the first and last tenth, where a filter has not settled. */
function level(samples: Float32Array): number {
  const middle = samples.subarray(samples.length / 10, samples.length * 0.9);
  return Math.sqrt(middle.reduce((sum, s) => sum + s * s, 0) / middle.length);
}

describe.each([16_000, 22_050, 44_100, 48_000])("from %i Hz to 8 kHz", (rate) => {
  test("what the telephone carries stays as it is", () => {
    for (const hertz of [100, 1000, 3400]) {
      const heard = resample(sine(hertz, rate), rate, 8000);
      expect(heard).toHaveLength(4000);
      expect(level(heard)).toBeCloseTo(Math.SQRT1_2, 2);
      const expected = sine(hertz, 8000);
      expect(Math.abs(heard[2000]! - expected[2000]!)).toBeLessThan(0.01);
    }
  });

  test("what it cannot carry goes, and does not come back as another tone", () => {
    for (const hertz of [4200, 5000, 7000])
      expect(level(resample(sine(hertz, rate), rate, 8000))).toBeLessThan(0.001);
  });
});

test("from 8 to 16 kHz nothing is added above 4 kHz", () => {
  const up = resample(sine(1000, 8000), 8000, 16_000);
  expect(up).toHaveLength(8000);
  const expected = sine(1000, 16_000);
  const errors = up.map((s, i) => Math.abs(s - expected[i]!));
  expect(Math.max(...errors.subarray(800, 7200))).toBeLessThan(0.01);
});

test("the same rate is a copy", () => {
  const samples = sine(300, 8000);
  const copy = resample(samples, 8000, 8000);
  expect(copy).toEqual(samples);
  expect(copy).not.toBe(samples);
});

test("whole numbers to floats and back are the same, and what is too loud stays at full scale", () => {
  const samples = Int16Array.of(0, 1, -1, 32_767, -32_768);
  expect(toInt16(toFloat(samples))).toEqual(samples);
  expect([...toInt16(Float32Array.of(1.5, -1.5))]).toEqual([32_767, -32_768]);
});
