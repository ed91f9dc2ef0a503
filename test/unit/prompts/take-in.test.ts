import { describe, expect, it } from "vitest";
import { speechLevel } from "#lib/audio/active-speech-level.ts";
import { peakDb } from "#lib/audio/loudness.ts";
import { resample, toFloat } from "#lib/audio/resample.ts";
import { readWav } from "#lib/audio/wav.ts";
import { formsOf, upperBandDb } from "#prompts/forms.ts";
import { takeIn } from "#prompts/take-in.ts";
import { hum } from "../../support/prompt-files.ts";

const text = "Hello there, and welcome.";
const taken = (channels: Float32Array[], sampleRate = 48_000, words = text) =>
  takeIn({ sampleRate, channels }, words);
const recorded = (of: Parameters<typeof hum>[0] = {}) =>
  hum({ seconds: 1.5, sampleRate: 48_000, beforeMs: 900, afterMs: 1400, ...of });
const rule = (outcome: ReturnType<typeof takeIn>) =>
  outcome.kind === "refused" ? outcome.faults.map((fault) => fault.rule) : [];

describe("a recording that is taken in", () => {
  it.each([
    ["a soft one at 48 kHz", [recorded({ db: -38 })], 48_000],
    [
      "a loud one at 44.1 kHz, stereo",
      [recorded({ db: -12, sampleRate: 44_100 }), recorded({ db: -12, sampleRate: 44_100 })],
      44_100,
    ],
    ["one from a telephone", [recorded({ db: -25, sampleRate: 8000 })], 8000],
  ])("comes out alike: %s", (_, channels, rate) => {
    const outcome = taken(channels, rate);
    if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.faults));
    const { samples, sampleRate } = readWav(outcome.wav);
    const wave = toFloat(samples);
    expect(sampleRate).toBe(8000);
    expect(speechLevel(wave, 8000).activeDb).toBeCloseTo(-22, 0);
    expect(peakDb(wave)).toBeLessThanOrEqual(-1);
    // 30 ms before it, a breath of 250 ms after a sentence
    expect(outcome.seconds).toBeCloseTo(0.03 + 1.5 + 0.25, 1);
    expect(outcome.cutMs).toBeGreaterThan(2200);
  });

  const hissing = (of: Parameters<typeof hum>[0] = {}) => recorded({ db: -26, hissDb: -45, ...of });

  it.each([48_000, 44_100, 16_000])(
    "is wide where a voice of %i Hz is: as loud as ever to a narrow telephone",
    (rate) => {
      const outcome = taken([hissing({ sampleRate: rate })], rate);
      if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.faults));
      const { narrow, wide } = formsOf(outcome.wav);
      expect(outcome.wide).toBe(true);
      expect(speechLevel(toFloat(narrow), 8000).activeDb).toBeCloseTo(-22, 0);
      // the hiss was 19 dB below the voice, and still is
      expect(Math.abs(upperBandDb(toFloat(wide!)) + 22 + 19)).toBeLessThan(2);
      expect(outcome.seconds).toBeCloseTo(0.03 + 1.5 + 0.25, 1);
      expect(wide!.length / 16_000).toBeCloseTo(outcome.seconds, 3);
    },
  );

  it("is not called wide where a telephone's sound got more samples", () => {
    const outcome = taken([resample(recorded({ db: -26, sampleRate: 8000 }), 8000, 48_000)]);
    expect(outcome).toMatchObject({ kind: "taken", wide: false });
  });

  it("is not called wide for a noise that is cut away before the voice", () => {
    const wave = recorded({ db: -26, seconds: 1.5 });
    for (let i = 0; i < 48 * 200; i++) wave[i]! += 0.0011 * Math.sin((2 * Math.PI * 5800 * i) / 48_000);
    expect(taken([wave])).toMatchObject({ kind: "taken", wide: false });
  });

  it("keeps the hiss that a word ends with, which no narrow telephone hears", () => {
    const wave = recorded({ db: -26, afterMs: 1400 });
    const end = wave.length - 48 * 1400;
    for (let i = 0; i < 48 * 150; i++) wave[end + i]! += 0.03 * Math.sin((2 * Math.PI * 5800 * i) / 48_000);
    expect(taken([wave])).toMatchObject({ wide: true, seconds: expect.closeTo(0.03 + 1.65 + 0.25, 1) });
  });

  it("has its peaks turned down, not cut off", () => {
    const wave = recorded({ db: -30 });
    for (let i = 60_000; i < 60_200; i++) wave[i] = 0.9 * Math.sin(i / 3);
    const outcome = taken([wave]);
    if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.faults));
    expect(peakDb(toFloat(readWav(outcome.wav).samples))).toBeLessThanOrEqual(-1);
  });

  it("is close behind a piece of a sentence", () => {
    const outcome = taken([recorded({ seconds: 0.6 })], 48_000, "at ten");
    expect(outcome).toMatchObject({ kind: "taken", seconds: expect.closeTo(0.03 + 0.6 + 0.08, 1) });
  });

  it("loses a microphone's offset and the mains' hum", () => {
    const wave = recorded({ db: -26 }).map(
      (sample, i) => sample + 0.05 + 0.003 * Math.sin((2 * Math.PI * 50 * i) / 48_000),
    );
    expect(taken([wave]).kind).toBe("taken");
  });
});

describe("a recording is refused", () => {
  it.each<[string, Float32Array[]]>([
    ["sound-silent", [new Float32Array(96_000)]],
    ["sound-silent", [recorded({ db: -60 })]],
    ["sound-clipped", [recorded({ db: 3 }).map((sample) => Math.max(-1, Math.min(1, sample)))]],
    ["sound-noisy", [recorded({ db: -26 }).map((sample, i) => sample + 0.03 * Math.sin(i * i))]],
    ["sound-long", [new Float32Array(48_000 * 91).fill(0.1)]],
    ["sound-long", [recorded({ seconds: 25 })]],
    ["sound-length", [recorded({ seconds: 0.4 })]],
    ["sound-length", [recorded({ seconds: 12 })]],
    ["sound-silent", []],
  ])("for %s", (expected, channels) => {
    expect(rule(taken(channels))).toEqual([expected]);
  });
});
