import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeALaw } from "#lib/audio/g711.ts";
import { encodeG722 } from "#lib/audio/g722.ts";
import { readWav } from "#lib/audio/wav.ts";
import { formsOf } from "#prompts/forms.ts";
import { promptBook, soundName } from "#prompts/prompt-book.ts";
import { hashOf } from "#release/files.ts";
import { layCopies, layCopiesBeside } from "#storage/telephone-copies.ts";
import { installByContent, installByName, readyPauses } from "#storage/telephone-prompts.ts";
import { humWav, promptFiles } from "../../support/prompt-files.ts";

// Counted, and otherwise as they are.
vi.mock("#lib/audio/g722.ts", { spy: true });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-sounds-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const watch = { fellBack: () => {}, missing: () => {} };

it("installs each sound in A-law where the book says that it is", async () => {
  const files = promptFiles();
  await installByContent(files, [folder]);
  const { name } = promptBook(files, { watch, rehearsal: true }).soundOf("one", "cy-GB")!;
  const { samples } = readWav(files.get("prompts/cy-GB/one.wav")!);
  expect(readFileSync(join(folder, `${name}.alaw`))).toEqual(Buffer.from(encodeALaw(samples)));
});

it("never writes over what a call may be hearing, and leaves what older releases have", async () => {
  const before = promptFiles();
  await installByContent(before, [folder]);
  const there = join(folder, "hearback/by-content");
  const names = readdirSync(there);
  const inodes = names.map((name) => statSync(join(there, name)).ino);
  await installByContent(promptFiles({ "prompts/en-GB/hello.wav": humWav({ hertz: 400 }) }), [folder]);
  expect(names.map((name) => statSync(join(there, name)).ino)).toEqual(inodes);
  expect(readdirSync(there)).toHaveLength(names.length + 1);
});

it("lets Asterisk's user read them, whatever our umask", async () => {
  const umask = process.umask(0o077);
  try {
    await installByContent(promptFiles(), [folder]);
  } finally {
    process.umask(umask);
  }
  const there = join(folder, "hearback/by-content");
  const modes = [join(folder, "hearback"), there, ...readdirSync(there).map((name) => join(there, name))];
  expect(modes.filter((path) => (statSync(path).mode & 0o044) !== 0o044)).toEqual([]);
});

it("makes a copy anew that a loss of power left empty", async () => {
  const files = promptFiles();
  await installByContent(files, [folder]);
  const { name } = promptBook(files, { watch, rehearsal: true }).soundOf("one", "en-GB")!;
  const copy = join(folder, `${name}.alaw`);
  writeFileSync(copy, "");
  await installByContent(files, [folder]);
  expect(statSync(copy).size).toBeGreaterThan(0);
});

it("refuses what a telephone cannot play, by name", async () => {
  const files = promptFiles({ "prompts/en-GB/hello.wav": humWav({ sampleRate: 44_100 }) });
  await expect(installByContent(files, [folder])).rejects.toThrow(
    /prompts\/en-GB\/hello\.wav cannot be played/,
  );
});

const wideHello = (hertz: number) => humWav({ hertz, seconds: 0.6, sampleRate: 16_000, hissDb: -30 });

it("installs a wide sound in G.722 beside the A-law, and makes either anew that is lost", async () => {
  const files = promptFiles({ "prompts/en-GB/hello.wav": wideHello(300) });
  const { soundOf } = promptBook(files, { watch, rehearsal: true });
  const [hello, one] = ["hello", "one"].map((id) => join(folder, soundOf(id, "en-GB")!.name));
  await installByContent(files, [folder]);
  const { narrow, wide } = formsOf(files.get("prompts/en-GB/hello.wav")!);
  const copies = () => [readFileSync(`${hello}.alaw`), readFileSync(`${hello}.g722`)];
  expect(copies()).toEqual([Buffer.from(encodeALaw(narrow)), Buffer.from(encodeG722(wide!))]);
  expect([existsSync(`${one}.alaw`), existsSync(`${one}.g722`)]).toEqual([true, false]);
  const before = copies();
  for (const ending of ["alaw", "g722"]) {
    rmSync(`${hello}.${ending}`);
    await installByContent(files, [folder]);
    expect(copies()).toEqual(before);
  }
});

it("makes each copy once, for however many nodes", () => {
  const targets = ["a", "b", "c"].map((node) => join(folder, node));
  const wav = wideHello(300);
  vi.mocked(encodeG722).mockClear();
  expect(layCopies({ wav, targets })).toBeNull();
  expect(vi.mocked(encodeG722)).toHaveBeenCalledTimes(1);
  const { narrow, wide } = formsOf(wav);
  for (const target of targets) {
    expect(readFileSync(`${target}.alaw`)).toEqual(Buffer.from(encodeALaw(narrow)));
    expect(readFileSync(`${target}.g722`)).toEqual(Buffer.from(encodeG722(wide!)));
  }
});

/** Of this thread alone, in milliseconds. */
async function cpuOf(doIt: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await doIt();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

it("lays them on every node, and takes the thread that holds calls a small part of the time", async () => {
  const nodes = ["one", "two"].map((node) => join(folder, node));
  await installByContent(promptFiles(), nodes);
  const long = humWav({ seconds: 30, sampleRate: 16_000, hissDb: -30 });
  const files = promptFiles({ "prompts/en-GB/hello.wav": long });
  const beside = await cpuOf(() => installByContent(files, nodes));
  const here = await cpuOf(() => layCopies({ wav: long, targets: [join(folder, "here")] }));
  expect(beside).toBeLessThan(here / 3);
  for (const node of nodes) {
    const laid = join(node, soundName(hashOf(long)));
    for (const ending of ["alaw", "g722"])
      expect(readFileSync(`${laid}.${ending}`)).toEqual(readFileSync(join(folder, `here.${ending}`)));
  }
});

it("tells what could not be written, and goes on with the next", async () => {
  const wav = humWav();
  const [lost, laid] = await Promise.allSettled([
    layCopiesBeside({ wav, targets: [join(folder, "no/such/folder/hello")] }),
    layCopiesBeside({ wav, targets: [join(folder, "hello")] }),
  ]);
  expect(lost).toMatchObject({ reason: { message: expect.stringMatching(/ENOENT.*no\/such\/folder/) } });
  expect(laid).toEqual({ status: "fulfilled", value: null });
  expect(existsSync(join(folder, "hello.alaw"))).toBe(true);
});

/** By name, as dialplans play them. */
const copy = (ending: string, name = "en-GB/hello") => join(folder, "hearback", `${name}.${ending}`);
const put = (wav: Uint8Array) => installByName(promptFiles({ "prompts/en-GB/hello.wav": wav }), [folder]);
function expectCopiesOf(wav: Uint8Array): void {
  const { narrow, wide } = formsOf(wav);
  expect(readFileSync(copy("alaw"))).toEqual(Buffer.from(encodeALaw(narrow)));
  if (wide) expect(readFileSync(copy("g722"))).toEqual(Buffer.from(encodeG722(wide)));
  else expect(existsSync(copy("g722"))).toBe(false);
}

describe("where sounds go by their names", () => {
  it("another recording takes the place of both copies, in every language", async () => {
    for (const wav of [wideHello(300), wideHello(400), humWav({ hertz: 400 })]) {
      await put(wav);
      expectCopiesOf(wav);
    }
    const welsh = promptFiles().get("prompts/cy-GB/hello.wav")!;
    expect(readFileSync(copy("alaw", "cy-GB/hello"))).toEqual(Buffer.from(encodeALaw(formsOf(welsh).narrow)));
  });

  it.each([
    ["another wide recording", wideHello(400)],
    ["a narrow one", humWav({ hertz: 400 })],
  ])("no G.722 stays that an older version left beside its own A-law of %s", async (_, wav) => {
    await put(wideHello(300));
    writeFileSync(copy("alaw"), encodeALaw(formsOf(wav).narrow));
    await put(wav);
    expectCopiesOf(wav);
  });

  it("what an older version wrote there of the same length gives way to what is to be said", async () => {
    await put(wideHello(300));
    writeFileSync(copy("alaw"), encodeALaw(formsOf(wideHello(400)).narrow));
    await put(wideHello(300));
    expectCopiesOf(wideHello(300));
  });

  it("what has not changed is left", async () => {
    await put(wideHello(300));
    const inodes = () => ["alaw", "g722"].map((ending) => statSync(copy(ending)).ino);
    const before = inodes();
    await put(wideHello(300));
    expect(inodes()).toEqual(before);
  });

  const all = () =>
    readdirSync(join(folder, "hearback"), { recursive: true, encoding: "utf8" }).map((name) =>
      join(folder, "hearback", name),
    );
  const closed = () => all().filter((path) => (statSync(path).mode & 0o044) !== 0o044);

  it("Asterisk's user may read all of it, whatever our umask, pauses too", async () => {
    const umask = process.umask(0o077);
    try {
      readyPauses("en-GB", [folder]);
      await put(wideHello(300));
    } finally {
      process.umask(umask);
    }
    expect(all().length).toBeGreaterThan(30);
    expect(closed()).toEqual([]);
  });

  it("what an older version laid under a strict umask is opened to Asterisk's user", async () => {
    const lay = async () => {
      readyPauses("en-GB", [folder]);
      await put(wideHello(300));
    };
    await lay();
    for (const path of all().filter((each) => statSync(each).isFile())) chmodSync(path, 0o600);
    await lay();
    expect(closed()).toEqual([]);
  });
});
