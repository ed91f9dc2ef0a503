import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { encodeALaw } from "#lib/audio/g711.ts";
import { encodeG722 } from "#lib/audio/g722.ts";
import { readWav } from "#lib/audio/wav.ts";
import { formsOf } from "#prompts/forms.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { installByContent, installPrompts } from "#storage/telephone-prompts.ts";
import { humWav, promptFiles } from "../../support/prompt-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-sounds-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const watch = { fellBack: () => {}, missing: () => {} };

it("installs each sound in A-law where the book says that it is", async () => {
  const files = promptFiles();
  await installByContent(files, folder);
  const { name } = promptBook(files, { watch, rehearsal: true }).soundOf("one", "cy-GB")!;
  const { samples } = readWav(files.get("prompts/cy-GB/one.wav")!);
  expect(readFileSync(join(folder, `${name}.alaw`))).toEqual(Buffer.from(encodeALaw(samples)));
});

it("never writes over what a call may be hearing, and leaves what older releases have", async () => {
  const before = promptFiles();
  await installByContent(before, folder);
  const there = join(folder, "hearback/by-content");
  const names = readdirSync(there);
  const inodes = names.map((name) => statSync(join(there, name)).ino);
  await installByContent(promptFiles({ "prompts/en-GB/hello.wav": humWav({ hertz: 400 }) }), folder);
  expect(names.map((name) => statSync(join(there, name)).ino)).toEqual(inodes);
  expect(readdirSync(there)).toHaveLength(names.length + 1);
});

it("lets Asterisk's user read them, whatever our umask", async () => {
  const umask = process.umask(0o077);
  try {
    await installByContent(promptFiles(), folder);
  } finally {
    process.umask(umask);
  }
  const there = join(folder, "hearback/by-content");
  const modes = [join(folder, "hearback"), there, ...readdirSync(there).map((name) => join(there, name))];
  expect(modes.filter((path) => (statSync(path).mode & 0o044) !== 0o044)).toEqual([]);
});

it("makes a copy anew that a loss of power left empty", async () => {
  const files = promptFiles();
  await installByContent(files, folder);
  const { name } = promptBook(files, { watch, rehearsal: true }).soundOf("one", "en-GB")!;
  const copy = join(folder, `${name}.alaw`);
  writeFileSync(copy, "");
  await installByContent(files, folder);
  expect(statSync(copy).size).toBeGreaterThan(0);
});

it("refuses what a telephone cannot play, by name", async () => {
  const files = promptFiles({ "prompts/en-GB/hello.wav": humWav({ sampleRate: 44_100 }) });
  await expect(installByContent(files, folder)).rejects.toThrow(
    /prompts\/en-GB\/hello\.wav cannot be played/,
  );
});

const wideHello = (hertz: number) => humWav({ hertz, seconds: 0.6, sampleRate: 16_000, hissDb: -30 });

it("installs a wide sound in G.722 beside the A-law, and makes either anew that is lost", async () => {
  const files = promptFiles({ "prompts/en-GB/hello.wav": wideHello(300) });
  const { soundOf } = promptBook(files, { watch, rehearsal: true });
  const [hello, one] = ["hello", "one"].map((id) => join(folder, soundOf(id, "en-GB")!.name));
  await installByContent(files, folder);
  const { narrow, wide } = formsOf(files.get("prompts/en-GB/hello.wav")!);
  const copies = () => [readFileSync(`${hello}.alaw`), readFileSync(`${hello}.g722`)];
  expect(copies()).toEqual([Buffer.from(encodeALaw(narrow)), Buffer.from(encodeG722(wide!))]);
  expect([existsSync(`${one}.alaw`), existsSync(`${one}.g722`)]).toEqual([true, false]);
  const before = copies();
  for (const ending of ["alaw", "g722"]) {
    rmSync(`${hello}.${ending}`);
    await installByContent(files, folder);
    expect(copies()).toEqual(before);
  }
});

it("has no G.722 of a recording that another took the place of, where sounds go by their names", () => {
  const prompts = {
    language: "en-GB",
    folder: join(folder, "prompts"),
    words: new Map(),
    ids: new Set<string>(),
  };
  const put = (wav: Uint8Array, second: number) => {
    writeFileSync(join(prompts.folder, "hello.wav"), wav);
    utimesSync(join(prompts.folder, "hello.wav"), second, second);
    installPrompts(prompts, folder);
    const ofName = (ending: string) => join(folder, "hearback/en-GB", `hello.${ending}`);
    utimesSync(ofName("alaw"), second, second);
    const { narrow, wide } = formsOf(wav);
    expect(readFileSync(ofName("alaw"))).toEqual(Buffer.from(encodeALaw(narrow)));
    if (wide) expect(readFileSync(ofName("g722"))).toEqual(Buffer.from(encodeG722(wide)));
    else expect(existsSync(ofName("g722"))).toBe(false);
  };
  mkdirSync(prompts.folder);
  put(wideHello(300), 1_000);
  put(wideHello(400), 2_000);
  put(humWav({ hertz: 400 }), 3_000);
});
