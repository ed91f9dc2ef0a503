import { describe, expect, it } from "vitest";
import { toInt16 } from "#lib/audio/resample.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { checkPrompts } from "#prompts/check-prompts.ts";
import { hum, humWav, manifest, promptFiles } from "../../support/prompt-files.ts";

const rulesOf = (others: Record<string, Uint8Array | string | null>) =>
  checkPrompts(promptFiles(others)).map(({ rule, level, file, line }) => ({ rule, level, file, line }));

const clipped = () => {
  const wave = hum({ db: -21, seconds: 0.6 });
  wave[2000] = 0.99;
  return writeWav({ sampleRate: 8000, samples: toInt16(wave) });
};
const click = () => {
  const wave = hum({ seconds: 0.6 });
  wave[0] = 0.1;
  return writeWav({ sampleRate: 8000, samples: toInt16(wave) });
};
const hello = "prompts/en-GB/hello.wav";
const wide = (of: Parameters<typeof humWav>[0]) =>
  humWav({ seconds: 0.6, sampleRate: 16_000, hissDb: -35, ...of });

describe("what is wrong with prompts", () => {
  it("is only that nobody has approved the Welsh stand-ins, where all is well", () => {
    expect(rulesOf({})).toEqual([
      { rule: "stand-in-unapproved", level: "warning", file: "prompts/manifest.yaml", line: 4 },
    ]);
  });

  it.each<[string, string, Uint8Array | string | null]>([
    ["sound-format", "is no WAV", "RIFX"],
    ["sound-format", "has 44,100 samples a second", humWav({ seconds: 0.6, sampleRate: 44_100 })],
    ["sound-loudness", "is wide and too quiet", wide({ db: -28 })],
    ["sound-silence", "is wide and ends late", wide({ afterMs: 700 })],
    ["sound-length", "is wide and too short for its words", wide({ seconds: 0.2 })],
    [
      "sound-format",
      "has other things behind the sound",
      new Uint8Array([...humWav({ seconds: 0.6 }), 1, 2]),
    ],
    ["sound-silent", "has no sound", writeWav({ sampleRate: 8000, samples: new Int16Array(8000) })],
    ["sound-loudness", "is too quiet", humWav({ seconds: 0.6, db: -28 })],
    ["sound-loudness", "is too loud", humWav({ seconds: 0.6, db: -15 })],
    ["sound-peak", "has a peak at the limit", clipped()],
    ["sound-silence", "begins late", humWav({ seconds: 0.6, beforeMs: 400 })],
    ["sound-silence", "ends late", humWav({ seconds: 0.6, afterMs: 700 })],
    ["sound-click", "begins with a click", click()],
    ["sound-long", "takes longer than anybody listens", humWav({ seconds: 21 })],
    ["sound-length", "is too short for its words", humWav({ seconds: 0.2 })],
    ["sound-length", "is too long for its words", humWav({ seconds: 9 })],
    ["prompt-missing", "is not there", null],
  ])("%s: a sound that %s", (rule, _what, content) => {
    expect(rulesOf({ [hello]: content })).toContainEqual({ rule, level: "fault", file: hello, line: 0 });
  });

  it("is not that one is wide, if it is", () => {
    const aboutHello = (content: Uint8Array) =>
      rulesOf({ [hello]: content }).filter(({ file }) => file === hello);
    expect(aboutHello(wide({}))).toEqual([]);
    expect(aboutHello(humWav({ seconds: 0.6, sampleRate: 16_000 }))).toEqual([
      { rule: "sound-not-wide", level: "warning", file: hello, line: 0 },
    ]);
  });

  it("is a record that nobody can read: a machine's voice would pass for a person's", () => {
    const file = "prompts/cy-GB/synthesised.json";
    expect(rulesOf({ [file]: "<<<<<<< ours\n{}" })).toContainEqual({
      ...{ rule: "record-unreadable", level: "fault", file, line: 1 },
    });
  });

  it.each<[string, number, string, string]>([
    ["manifest-unreadable", 7, "hello: {", "hello: {{"],
    ["manifest-form", 8, "goodbye:", "Good_bye:"],
    ["unknown-language", 7, 'cy-GB: "un"', 'cy-BG: "un"'],
    ["unknown-language", 4, "fallback: en-GB", "fallback: fr-FR"],
    ["fallback-circle", 3, "voice: a hum", "fallback: cy-GB"],
    ["words-missing", 6, '"Hello there."', '""'],
    ["words-missing", 7, 'en-GB: "one", ', ""],
  ])("%s is told on line %i of the manifest", (rule, line, from, to) => {
    const found = rulesOf({ "prompts/manifest.yaml": manifest.replace(from, to) });
    expect(found).toContainEqual({ rule, level: "fault", file: "prompts/manifest.yaml", line });
  });

  it("is a missing manifest", () => {
    expect(rulesOf({ "prompts/manifest.yaml": null })).toMatchObject([{ rule: "manifest-missing" }]);
  });

  it.each([
    ["sound-without-words", "prompts/en-GB/helo.wav"],
    ["unknown-language", "prompts/fr-FR/hello.wav"],
    ["stray-file", "prompts/en-GB/notes.txt"],
  ])("%s: %s", (rule, file) => {
    expect(rulesOf({ [file]: humWav() })).toContainEqual({ rule, file, level: "fault", line: 0 });
  });

  it("is a sound that says other words than the manifest: a machine's must be made again, a person's may stay", () => {
    const changed = manifest
      .replace("Hello there.", "Good day to you.")
      .replace("Helo i chi.", "Dydd da i chi.");
    const found = checkPrompts(promptFiles({ "prompts/manifest.yaml": changed }));
    const words = found.filter(({ rule }) => rule === "words-changed");
    expect(words.map(({ level, line, instead }) => ({ level, line, instead }))).toEqual([
      {
        level: "warning",
        line: 6,
        instead: expect.stringContaining("hearback prompts import FILE --id hello"),
      },
      {
        level: "fault",
        line: 6,
        instead: expect.stringContaining("hearback prompts say hello --language cy-GB"),
      },
    ]);
  });

  it("is a warning only, where another language is heard instead", () => {
    expect(rulesOf({ "prompts/cy-GB/one.wav": null })).toContainEqual({
      ...{ rule: "prompt-missing", level: "warning" },
      ...{ file: "prompts/cy-GB/one.wav", line: 0 },
    });
  });
});
