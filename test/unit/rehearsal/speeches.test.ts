/** What the pretend people say must be there, as loud as a person, and long enough for the behaviour it plays. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { peakDb, SPEECH_LOUDNESS_DB, speechLoudnessDb } from "#lib/audio/loudness.ts";
import { toFloat } from "#lib/audio/resample.ts";
import { readWav } from "#lib/audio/wav.ts";
import { readSpeeches } from "#rehearsal/people/stories/speeches.ts";

const speeches = await readSpeeches();
const folder = dirname(speeches[0]!.wavPath);
const pathOf = (id: string) => join(folder, `${id}.wav`);
const soundOf = (id: string) => readWav(readFileSync(pathOf(id)));
const secondsOf = (id: string) => soundOf(id).samples.length / 8000;

test("twelve different stories, each with 15 to 30 words and a rating", () => {
  const stories = speeches.filter(({ group }) => group === "stories");
  expect(new Set(stories.map(({ text }) => text)).size).toBe(12);
  for (const { text, rating } of stories) {
    expect(text.split(" ").length).toSatisfy((words: number) => words >= 15 && words <= 30);
    expect([1, 2, 3, 4, 5, 6]).toContain(rating);
  }
});

describe("their sounds", () => {
  test("are all there, with none besides, and under 3 MB together", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".wav"));
    expect(files.sort()).toEqual([...speeches.map(({ id }) => `${id}.wav`), "beep.wav"].sort());
    expect(files.reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0)).toBeLessThan(
      3_000_000,
    );
  });

  test.each(speeches.map(({ id }) => id))("%s is 8 kHz, as loud as a person, and not clipped", (id) => {
    const { sampleRate, samples } = soundOf(id);
    expect(sampleRate).toBe(8000);
    expect(Math.abs(speechLoudnessDb(toFloat(samples), 8000) - SPEECH_LOUDNESS_DB)).toBeLessThan(1.5);
    expect(peakDb(toFloat(samples))).toBeLessThanOrEqual(-1);
  });

  test("last as long as their parts ask for", () => {
    for (const { id, group } of speeches) {
      if (group === "stories") expect(secondsOf(id)).toSatisfy((s: number) => s > 5 && s < 12);
    }
    expect(secondsOf("story-long")).toSatisfy((s: number) => s > 25 && s < 29); // over a limit of 20 s
    expect(secondsOf("long-hello")).toSatisfy((s: number) => s > 3.5 && s < 5.5); // under the 6 s of a machine
    expect(secondsOf("voicemail-short")).toBeLessThan(4);
    expect(secondsOf("voicemail-long")).toSatisfy((s: number) => s > 8 && s < 12);
  });

  test("of the long voicemail greeting has no pause that would pass for a person's", () => {
    expect(longestPauseMs(soundOf("voicemail-long").samples)).toBeLessThan(250);
    expect(longestPauseMs(soundOf("long-hello").samples)).toBeGreaterThan(250);
  });
});

/** The longest run of frames of 10 ms more than 24 dB below the speech, the ends not counted. */
function longestPauseMs(samples: Int16Array): number {
  let [longest, since] = [0, Number.POSITIVE_INFINITY];
  for (let at = 0; at + 80 <= samples.length; at += 80) {
    const power = samples.subarray(at, at + 80).reduce((sum, s) => sum + s * s, 0) / 80;
    if (Math.sqrt(power) < 200) continue;
    longest = Math.max(longest, (at - since) / 8 - 10);
    since = at;
  }
  return longest;
}
