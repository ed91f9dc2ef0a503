/** Every prompt that ships: there, playable by any Asterisk, of one loudness, and nothing beside it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { peakDb, SPEECH_LOUDNESS_DB, speechLoudnessDb } from "#lib/audio/loudness.ts";
import { toFloat } from "#lib/audio/resample.ts";
import { readWav } from "#lib/audio/wav.ts";

type Manifest = { languages: Record<string, unknown>; prompts: Record<string, Record<string, string>> };

const FOLDER = join(import.meta.dirname, "../../prompts");
const manifest = parse(readFileSync(join(FOLDER, "manifest.yaml"), "utf8")) as Manifest;
const GREETING = [
  "hello",
  "automated-call-from",
  "you-asked-us-to-call",
  "are-you-the-person",
  "greeting-keys",
];

describe.each(Object.keys(manifest.languages))("the prompts in %s", (language) => {
  const folder = join(FOLDER, language);
  const ids = Object.keys(manifest.prompts).filter((id) => manifest.prompts[id]![language]);

  test("are said in the manifest, each of them, and no file is without its words", () => {
    expect(ids).toEqual(Object.keys(manifest.prompts));
    const files = readdirSync(folder).filter((name) => name !== "synthesised.json");
    expect(files.sort()).toEqual(ids.map((id) => `${id}.wav`).sort());
  });

  test.each(ids)("%s is 8 kHz mono 16-bit, as loud as the others, and not clipped", (id) => {
    const bytes = readFileSync(join(folder, `${id}.wav`));
    const { sampleRate, samples } = readWav(bytes); // refuses all but mono 16-bit PCM
    expect(sampleRate).toBe(8000);
    expect(bytes).toHaveLength(44 + 2 * samples.length);
    const wave = toFloat(samples);
    const beside = speechLoudnessDb(wave, sampleRate) - SPEECH_LOUDNESS_DB;
    // the tone has nothing but tone in it, and is to be a little below speech
    if (id === "tone") expect(beside).toBeLessThan(0);
    expect(Math.abs(beside)).toBeLessThanOrEqual(id === "tone" ? 5 : 1.5);
    expect(peakDb(wave)).toBeLessThanOrEqual(-1);
  });

  test.each(ids)("%s begins and ends at once, without a click", (id) => {
    const { samples } = readWav(readFileSync(join(folder, `${id}.wav`)));
    const loud = (sample: number) => Math.abs(sample) > 300;
    expect(samples.findIndex(loud)).toBeLessThan(1600);
    expect(samples.length - samples.findLastIndex(loud)).toBeLessThan(3600);
    expect(Math.abs(samples[0]!)).toBeLessThan(100);
    expect(Math.abs(samples.at(-1)!)).toBeLessThan(100);
  });

  test.each(ids)("%s takes as long as its words need, and 20 s at most", (id) => {
    const { samples } = readWav(readFileSync(join(folder, `${id}.wav`)));
    const seconds = samples.length / 8000;
    const words = manifest.prompts[id]![language]!.split(/\s+/).length;
    expect(seconds).toBeLessThan(20);
    expect(seconds / words).toBeGreaterThan(0.15);
    expect(seconds / words).toBeLessThan(1.3);
  });
});

test("the pieces of the greeting are said within 25 s, without the trust's name", () => {
  const seconds = GREETING.map(
    (id) => readWav(readFileSync(join(FOLDER, "en-GB", `${id}.wav`))).samples.length / 8000,
  );
  expect(seconds.reduce((sum, s) => sum + s, 0)).toBeLessThan(25);
});

test("what was synthesised here says what the manifest says now", () => {
  const spoken = JSON.parse(readFileSync(join(FOLDER, "en-GB/synthesised.json"), "utf8"));
  for (const [id, { text, sha256 }] of Object.entries<{ text: string; sha256: string }>(spoken)) {
    const file = readFileSync(join(FOLDER, "en-GB", `${id}.wav`));
    const isOurs = createHash("sha256").update(file).digest("hex") === sha256;
    // a person's recording is theirs to check; else: node src/rehearsal/voices/make-prompts.ts
    if (isOurs) expect(text, id).toBe(manifest.prompts[id]?.["en-GB"]);
  }
});
