import { describe, expect, test } from "vitest";
import {
  fadeEnds,
  fromDb,
  normaliseLoudness,
  PEAK_CEILING_DB,
  peakDb,
  speechLoudnessDb,
  trimSilence,
} from "#lib/audio/loudness.ts";

const RATE = 8000;

/** A tone of the wished RMS level that comes and goes like words, between silences. */
function words(db: number, { spoken = 4, pauseMs = 0 } = {}): Float32Array {
  const word = Float32Array.from({ length: 1600 }, (_, i) => fromDb(db) * Math.SQRT2 * Math.sin(i * 0.7));
  const pause = new Float32Array((RATE * pauseMs) / 1000);
  return joined(...Array.from({ length: spoken }, () => [pause, word]).flat(), pause);
}

function joined(...parts: Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

describe("speech loudness", () => {
  test("is the RMS of the speech, whatever the pauses", () => {
    expect(speechLoudnessDb(words(-20), RATE)).toBeCloseTo(-20, 1);
    expect(speechLoudnessDb(words(-20, { pauseMs: 1000 }), RATE)).toBeCloseTo(-20, 1);
    expect(speechLoudnessDb(words(-31, { spoken: 1, pauseMs: 3000 }), RATE)).toBeCloseTo(-31, 1);
  });

  test("does not count a hiss behind the words", () => {
    const hiss = Float32Array.from({ length: RATE * 2 }, (_, i) => 0.008 * Math.sin(i * 2.9));
    expect(speechLoudnessDb(joined(words(-20), hiss), RATE)).toBeCloseTo(-20, 1);
  });

  test("of nothing is minus infinity", () => {
    expect(speechLoudnessDb(new Float32Array(RATE), RATE)).toBe(Number.NEGATIVE_INFINITY);
    expect(speechLoudnessDb(new Float32Array(0), RATE)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("normalising", () => {
  test.each([-45, -30, -6])("brings speech of %i dB to the one loudness", (db) => {
    expect(speechLoudnessDb(normaliseLoudness(words(db), RATE), RATE)).toBeCloseTo(-20, 1);
  });

  test("turns peaks down and never clips", () => {
    const crack = words(-26);
    for (let i = 800; i < crack.length; i += 1600) crack[i] = 0.9;
    const even = normaliseLoudness(crack, RATE);
    expect(peakDb(even)).toBeLessThanOrEqual(PEAK_CEILING_DB + 0.01);
    expect(speechLoudnessDb(even, RATE)).toBeCloseTo(-20, 0);
  });

  test("leaves silence silent", () => {
    expect(normaliseLoudness(new Float32Array(100), RATE)).toEqual(new Float32Array(100));
  });
});

describe("the ends", () => {
  test("keep 30 ms of silence before and 80 ms after", () => {
    const trimmed = trimSilence(
      joined(new Float32Array(8000), words(-20, { spoken: 1 }), new Float32Array(8000)),
      RATE,
    );
    expect(trimmed).toHaveLength(240 + 1600 + 640);
    expect(trimmed.subarray(0, 240).every((s) => s === 0)).toBe(true);
  });

  test("keep pauses between words", () => {
    const spoken = joined(words(-20, { spoken: 1 }), new Float32Array(8000), words(-20, { spoken: 1 }));
    expect(trimSilence(spoken, RATE)).toHaveLength(spoken.length);
  });

  test("rise from nothing and fall to nothing", () => {
    const faded = fadeEnds(new Float32Array(800).fill(0.5), RATE);
    expect([faded[0], faded[799], faded[400]]).toEqual([0, 0, 0.5]);
    expect(faded[20]).toBeCloseTo(0.25, 2);
  });

  test("of a sound shorter than its fades meet in the middle", () => {
    expect(fadeEnds(new Float32Array(4).fill(1), RATE)[0]).toBe(0);
  });
});
