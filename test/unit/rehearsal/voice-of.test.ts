/** Which voice says stand-ins, and what is said where there is none. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { voiceOf } from "#rehearsal/voices/voice-of.ts";

let voiceFolder: string;
beforeEach(async () => {
  voiceFolder = await mkdtemp(join(tmpdir(), "hearback-voices-"));
});
afterEach(() => rm(voiceFolder, { recursive: true }));
const wanted = (language: string) => ({ language, voiceFolder, wide: false, mayDownload: false });
const failing = (code: string) => async () => {
  throw Object.assign(new Error("not to be told"), { code });
};

test("without Pico's package there is no voice, and it is said what to do", async () => {
  await expect(voiceOf(wanted("en-GB"), failing("ERR_MODULE_NOT_FOUND"))).rejects.toThrow(
    /^this machine has no voice for en-GB: a package is missing .*; run npm ci without it, then hearback prompts say --language en-GB/,
  );
  await expect(voiceOf(wanted("en-GB"), failing("ERR_INVALID_ARG_TYPE"))).rejects.toThrow("not to be told");
});

test("other languages need no package of Pico's", async () => {
  await mkdir(join(voiceFolder, "espeak/usr"), { recursive: true });
  expect((await voiceOf(wanted("cy-GB"), failing("ERR_MODULE_NOT_FOUND"))).hisses).toBe(false);
});

test("a voice that is not there, or is broken off, is not fetched where nothing may be", async () => {
  await mkdir(join(voiceFolder, "pico"));
  await writeFile(join(voiceFolder, "pico/en-GB_ta.bin"), "half");
  for (const language of ["en-GB", "cy-GB"])
    await expect(voiceOf(wanted(language))).rejects.toThrow(
      `this machine has no voice for ${language} yet; hearback prompts say --language ${language} fetches it, once`,
    );
});
