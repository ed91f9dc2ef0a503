import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeALaw, encodeALaw } from "#lib/audio/g711.ts";
import { readWav } from "#lib/audio/wav.ts";
import { findSpeech, speechMsOf } from "#transcript/voice-activity.ts";
import { findSpeechInThread } from "#transcript/voice-activity-thread.ts";
import { clipsWithoutSpeech } from "./sounds-without-speech.ts";

const wavsIn = (folder: string) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".wav"))
    .map((file) => ({ file, samples: readWav(readFileSync(join(folder, file))).samples }));

const stories = wavsIn("src/rehearsal/people/stories").filter(({ file }) => file.startsWith("story-"));
const prompts = wavsIn("prompts/en-GB").filter(({ file }) => file !== "tone.wav");
const shareOf = (samples: Int16Array) => speechMsOf(findSpeech(samples)) / (samples.length / 8);

/** Scales speech of one loudness (-20 dB, prompts/README.md) to `db`, adds white noise of `noiseDb`, and A-law. */
function through(samples: Int16Array, db: number, noiseDb = -90): Int16Array {
  const gain = 10 ** ((db + 20) / 20);
  const noise = 32_768 * 10 ** (noiseDb / 20) * Math.sqrt(3);
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  };
  return decodeALaw(encodeALaw(samples.map((s) => Math.round(s * gain + noise * next()))));
}

describe("finding speech", () => {
  it("finds none in 200 clips of silence, noise, tones, knocks and chords", () => {
    const clips = clipsWithoutSpeech();
    expect(clips.length).toBeGreaterThanOrEqual(200);
    expect(new Set(clips.map(({ name }) => name)).size).toBe(clips.length);
    const falseAlarms = clips.filter(({ samples }) => findSpeech(samples).length > 0).map(({ name }) => name);
    expect(falseAlarms).toEqual([]);
  });

  it("finds none in nothing, and none in less than a window", () => {
    expect(findSpeech(new Int16Array(0))).toEqual([]);
    expect(findSpeech(new Int16Array(319))).toEqual([]);
  });

  it("finds it in every prompt and every story, over most of each", () => {
    expect(stories.length).toBeGreaterThanOrEqual(12);
    const missed = [...prompts, ...stories]
      .filter(({ samples }) => shareOf(samples) < 0.45)
      .map(({ file }) => file);
    expect(missed).toEqual([]);
    const shares = stories.map(({ samples }) => shareOf(samples));
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.85);
  });

  it.each([
    ["at -35 dB", -35, -90],
    ["at -45 dB", -45, -90],
    ["over noise 15 dB below it", -20, -35],
  ])("finds stories %s", (_, db, noiseDb) => {
    const shares = stories.map(({ samples }) => shareOf(through(samples, db, noiseDb)));
    expect(Math.min(...shares)).toBeGreaterThan(0.4);
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.75);
  });

  it("tells where it is: after two seconds of hiss, before a dial tone", () => {
    const { samples } = stories[0]!;
    const lead = 2 * 8000;
    const whole = new Int16Array(lead + samples.length + 3 * 8000);
    whole.set(samples, lead);
    for (let i = lead + samples.length; i < whole.length; i++) {
      const t = i / 8000;
      whole[i] = 4000 * (Math.sin(2 * Math.PI * 350 * t) + Math.sin(2 * Math.PI * 440 * t));
    }
    const segments = findSpeech(through(whole, -20, -60));
    const endMs = (lead + samples.length) / 8;
    expect(Math.abs(segments[0]!.fromMs - 2000)).toBeLessThan(400);
    expect(Math.abs(segments.at(-1)!.toMs - endMs)).toBeLessThan(700);
  });

  it("gives segments in order, apart, within the clip", () => {
    const { samples } = wavsIn("src/rehearsal/people/stories").find(({ file }) => file === "story-long.wav")!;
    let last = -1;
    for (const { fromMs, toMs } of findSpeech(samples)) {
      expect(fromMs).toBeGreaterThan(last);
      expect(toMs).toBeGreaterThan(fromMs);
      last = toMs;
    }
    expect(last).toBeLessThanOrEqual(samples.length / 8);
  });

  it("does the same in a thread of its own", async () => {
    const { samples } = stories[1]!;
    expect(await findSpeechInThread(samples)).toEqual(findSpeech(samples));
  });
});
