import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { encodeALaw } from "#lib/audio/g711.ts";
import { readWav } from "#lib/audio/wav.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { installByContent } from "#storage/telephone-prompts.ts";
import { humWav, promptFiles } from "../../support/prompt-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-sounds-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const watch = { fellBack: () => {}, missing: () => {} };

it("installs each sound in A-law where the book says that it is", () => {
  const files = promptFiles();
  installByContent(files, folder);
  const { name } = promptBook(files, { watch, rehearsal: true }).soundOf("one", "cy-GB")!;
  const { samples } = readWav(files.get("prompts/cy-GB/one.wav")!);
  expect(readFileSync(join(folder, `${name}.alaw`))).toEqual(Buffer.from(encodeALaw(samples)));
});

it("never writes over what a call may be hearing, and leaves what older releases have", () => {
  const before = promptFiles();
  installByContent(before, folder);
  const there = join(folder, "hearback/by-content");
  const names = readdirSync(there);
  const inodes = names.map((name) => statSync(join(there, name)).ino);
  installByContent(promptFiles({ "prompts/en-GB/hello.wav": humWav({ hertz: 400 }) }), folder);
  expect(names.map((name) => statSync(join(there, name)).ino)).toEqual(inodes);
  expect(readdirSync(there)).toHaveLength(names.length + 1);
});

it("lets Asterisk's user read them, whatever our umask", () => {
  const umask = process.umask(0o077);
  try {
    installByContent(promptFiles(), folder);
  } finally {
    process.umask(umask);
  }
  const there = join(folder, "hearback/by-content");
  const modes = [join(folder, "hearback"), there, ...readdirSync(there).map((name) => join(there, name))];
  expect(modes.filter((path) => (statSync(path).mode & 0o044) !== 0o044)).toEqual([]);
});

it("makes a copy anew that a loss of power left empty", () => {
  const files = promptFiles();
  installByContent(files, folder);
  const { name } = promptBook(files, { watch, rehearsal: true }).soundOf("one", "en-GB")!;
  const copy = join(folder, `${name}.alaw`);
  writeFileSync(copy, "");
  installByContent(files, folder);
  expect(statSync(copy).size).toBeGreaterThan(0);
});

it("refuses what a telephone cannot play, by name", () => {
  const files = promptFiles({ "prompts/en-GB/hello.wav": humWav({ sampleRate: 16_000 }) });
  expect(() => installByContent(files, folder)).toThrow(/prompts\/en-GB\/hello\.wav cannot be played/);
});
