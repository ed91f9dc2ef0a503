import { describe, expect, it } from "vitest";
import { findWithin } from "#lib/audio/correlation.ts";
import { encodeG722 } from "#lib/audio/g722.ts";
import { decodeG722 } from "../../../support/g722-decoder.ts";

const wave = (hertz: number, level: number, seconds = 0.5) =>
  Int16Array.from({ length: 16_000 * seconds }, (_, i) =>
    Math.round(level * Math.sin((2 * Math.PI * hertz * i) / 16_000)),
  );
const rms = (samples: Int16Array) => Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length);

/** The part of a sine of this frequency in it: its amplitude. */
function amplitudeOf(samples: Int16Array, hertz: number): number {
  let [re, im] = [0, 0];
  samples.forEach((sample, i) => {
    re += sample * Math.cos((2 * Math.PI * hertz * i) / 16_000);
    im += sample * Math.sin((2 * Math.PI * hertz * i) / 16_000);
  });
  return (2 * Math.hypot(re, im)) / samples.length;
}

describe("G.722", () => {
  it.each([
    [200, 60],
    [300, 8000],
    [1000, 20_000],
    [3400, 4000],
    [5000, 4000],
    [6400, 3000],
  ])("carries %i Hz at its level (%i)", (hertz, level) => {
    const heard = decodeG722(encodeG722(wave(hertz, level))).subarray(2000);
    const amplitude = amplitudeOf(heard, hertz);
    expect(Math.abs(20 * Math.log10(amplitude / level))).toBeLessThan(1);
    // 64 kbit/s leave noise some 20 dB below a tone in the lower band, 12 in the upper
    const noise = Math.sqrt(Math.max(0, rms(heard) ** 2 - amplitude ** 2 / 2));
    expect(20 * Math.log10(amplitude / Math.SQRT2 / noise)).toBeGreaterThan(hertz < 4000 ? 18 : 8);
  });

  it("takes a byte for two samples, and an odd one is left out", () => {
    expect(encodeG722(wave(500, 1000).subarray(0, 801))).toHaveLength(400);
  });

  it("keeps silence silent, and does not wrap at full scale", () => {
    expect(rms(decodeG722(encodeG722(new Int16Array(8000))))).toBeLessThan(8);
    const square = Int16Array.from({ length: 16_000 }, (_, i) => (Math.floor(i / 20) % 2 ? 32_767 : -32_768));
    const heard = decodeG722(encodeG722(square));
    expect(findWithin(square.subarray(4000, 12_000), heard).correlation).toBeGreaterThan(0.95);
  });
});
