import { describe, expect, it } from "vitest";
import { findWithin } from "#lib/audio/correlation.ts";
import { toFloat } from "#lib/audio/resample.ts";
import { readWav } from "#lib/audio/wav.ts";
import { formsOf, isWide, upperBandDb } from "#prompts/forms.ts";
import { humWav } from "../../support/prompt-files.ts";

const wide = humWav({ seconds: 0.6, sampleRate: 16_000, hissDb: -30 });

describe("the forms of a sound", () => {
  it("are one where it is narrow: the sound itself", () => {
    const wav = humWav({ seconds: 0.6 });
    expect(formsOf(wav)).toEqual({ narrow: readWav(wav).samples, wide: null });
    expect(isWide(wav)).toBe(false);
  });

  it("are two of one recording where it is wide, and the narrow one has nothing of what lies above", () => {
    const forms = formsOf(wide);
    expect(forms.wide).toEqual(readWav(wide).samples);
    expect(isWide(wide)).toBe(true);
    const hum = readWav(humWav({ seconds: 0.6 })).samples;
    const { correlation, offsetSamples } = findWithin(hum.subarray(400, 4000), forms.narrow);
    expect(correlation).toBeGreaterThan(0.999);
    expect(offsetSamples).toBe(400);
    // what would have come down from 5.8 kHz had it been thinned without a filter
    const power = (samples: Int16Array) => samples.reduce((sum, s) => sum + s * s, 0);
    expect(power(forms.narrow.map((s, i) => s - (hum[i] ?? 0)))).toBeLessThan(power(hum) / 10_000);
  });

  it("are none of another rate", () => {
    expect(() => formsOf(humWav({ sampleRate: 44_100 }))).toThrow("it has 44100 samples a second");
  });

  it("are measured above what a narrow telephone carries", () => {
    const upperOf = (wav: Uint8Array) => upperBandDb(toFloat(readWav(wav).samples));
    expect(upperOf(wide)).toBeCloseTo(-30, 0);
    expect(upperOf(humWav({ seconds: 0.6, sampleRate: 16_000, hertz: 3900 }))).toBeLessThan(-90);
  });
});
