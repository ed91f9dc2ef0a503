import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toInt16 } from "#lib/audio/resample.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { readPromptFolder } from "#storage/prompt-folder.ts";
import { hum, promptFiles } from "../../support/prompt-files.ts";
import { hearback } from "./run-command.ts";

let folder: string;
let desk: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-prompts-"));
  desk = mkdtempSync(join(tmpdir(), "hearback-recordings-"));
  for (const [path, bytes] of promptFiles()) put(join(folder, path.slice("prompts/".length)), bytes);
});
afterEach(() => {
  for (const one of [folder, desk]) rmSync(one, { recursive: true });
});

function put(file: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}
const recording = (of: Parameters<typeof hum>[0] = {}) => {
  const sampleRate = 44_100;
  return writeWav({
    sampleRate,
    samples: toInt16(hum({ sampleRate, seconds: 0.8, beforeMs: 500, afterMs: 800, ...of })),
  });
};
const prompts = (...args: string[]) =>
  hearback(["prompts", ...args], { env: { HEARBACK_PROMPT_FOLDER: folder } });
const states = async (language: string) =>
  JSON.parse((await prompts("status", "--json")).stdout)[language] as Record<string, { kind: string }>;

describe("hearback prompts", () => {
  it("status shows a grid of ids by language, and counts", async () => {
    const { stdout, status } = await prompts("status");
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        "prompt   en-GB     cy-GB",
        "hello    recorded  stand-in",
        "one      recorded  stand-in",
        "goodbye  recorded  stand-in",
        "en-GB: 3 recorded",
        "cy-GB: 3 stand-in",
        "",
      ].join("\n"),
    );
  });

  it("import takes a recording in, and restore puts back what was there", async () => {
    const target = join(folder, "cy-GB/hello.wav");
    const before = readFileSync(target);
    const ran = await prompts(
      "import",
      put(join(desk, "x.wav"), recording()),
      "--id",
      "hello",
      "--language",
      "cy-GB",
    );
    expect(ran).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/x\.wav +cy-GB +taken as hello +1\.1 s, narrow, made/),
    });
    expect(readFileSync(target)).not.toEqual(before);
    expect((await states("cy-GB")).hello).toMatchObject({ kind: "recorded", fitForPatients: true });
    expect((await prompts("history", "hello", "--language", "cy-GB")).stdout).toContain(
      'stand-in, 0.7 s: "Helo i chi."',
    );
    expect((await prompts("restore", "hello", "--language", "cy-GB")).status).toBe(0);
    expect(readFileSync(target)).toEqual(before);
    expect((await states("cy-GB")).hello).toMatchObject({ kind: "stand-in" });
    // and the way back from the way back
    await prompts("restore", "hello", "--language", "cy-GB");
    expect((await states("cy-GB")).hello).toMatchObject({ kind: "recorded" });
  });

  it("tells which sounds are wide, and an import takes the place of both forms", async () => {
    const wide = put(join(desk, "hello.wav"), recording({ hissDb: -45 }));
    expect((await prompts("import", wide)).stdout).toMatch(/taken as hello +1\.1 s, wide, made/);
    expect((await prompts("status")).stdout).toMatch(/^hello +recorded, wide +stand-in$/m);
    expect((await states("en-GB")).hello).toMatchObject({ wide: true });
    expect((await prompts("import", put(wide, recording()))).stdout).toContain("s, narrow, made");
    expect((await prompts("status")).stdout).toMatch(/^hello +recorded +stand-in$/m);
    expect((await prompts("history", "hello")).stdout).toMatch(/recorded, 1\.1 s, wide: "Hello there\."/);
    await prompts("restore", "hello");
    expect((await states("en-GB")).hello).toMatchObject({ wide: true });
  });

  it("import of a folder takes each by its name, tells what it refuses and why, and leaves those as they were", async () => {
    put(join(desk, "Hello.wav"), recording());
    put(join(desk, "cy-GB/goodbye.wav"), recording());
    put(join(desk, "godbye.wav"), recording());
    put(join(desk, "one.mp3"), "ID3 and so on");
    put(join(desk, "goodbye.wav"), recording({ db: 6 }));
    put(join(desk, "one.wav"), "");
    put(join(desk, "cy-GB/one.wav"), "read this slowly");
    const former = readFileSync(join(folder, "en-GB/goodbye.wav"));
    const { status, stdout, stderr } = await prompts("import", desk);
    expect(status).toBe(1);
    expect(stderr).toBe("2 taken, 5 refused.\n");
    for (const line of [
      /^Hello\.wav +en-GB +taken as hello/m,
      /^goodbye\.wav +cy-GB +taken as goodbye/m,
      /^godbye\.wav +en-GB +refused +no prompt has the id godbye; did you mean goodbye\?/m,
      /^goodbye\.wav +en-GB +refused +it was recorded too loud/m,
      /^one\.mp3 +en-GB +refused +/m,
      /^one\.wav +en-GB +refused +there is nothing in it/m,
      /^one\.wav +cy-GB +refused +its name says WAV, and it is none/m,
    ])
      expect(stdout).toMatch(line);
    expect(readFileSync(join(folder, "en-GB/goodbye.wav"))).toEqual(former);
  });

  it("import takes a file for what its folder says, and for no other language", async () => {
    const welsh = put(join(desk, "cy-GB/hello.wav"), recording());
    expect((await prompts("import", welsh, "--dry-run")).stdout).toMatch(
      /^hello\.wav +cy-GB +taken as hello/m,
    );
    const meant = await prompts("import", welsh, "--language", "en-GB", "--dry-run");
    expect(meant.stdout).toMatch(/^hello\.wav +en-GB +taken as hello/m);
    rmSync(join(desk, "cy-GB"), { recursive: true });
    const before = readFileSync(join(folder, "en-GB/hello.wav"));
    put(join(desk, "fr-FR/hello.wav"), recording());
    const { status, stdout } = await prompts("import", desk);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^hello\.wav +fr-FR +refused +its folder says fr-FR, .* there are: en-GB, cy-GB$/m,
    );
    expect(readFileSync(join(folder, "en-GB/hello.wav"))).toEqual(before);
  });

  it("import refuses two files for one prompt, and with --dry-run changes nothing", async () => {
    put(join(desk, "hello.wav"), recording());
    put(join(desk, "HELLO.wav"), recording({ hertz: 300 }));
    expect((await prompts("import", desk)).stdout.match(/are one prompt/g)).toHaveLength(2);
    const before = readFileSync(join(folder, "en-GB/hello.wav"));
    const dry = await prompts("import", join(desk, "hello.wav"), "--dry-run");
    expect(dry).toMatchObject({ status: 0, stderr: "1 would be taken; nothing was changed.\n" });
    expect(readFileSync(join(folder, "en-GB/hello.wav"))).toEqual(before);
    expect(existsSync(join(folder, ".former"))).toBe(false);
  });

  it("import writes nothing by halves where the disk fails", async () => {
    const before = readdirSync(join(folder, "en-GB"));
    put(join(folder, ".former"), "a file where the folder should be");
    const { status, stderr } = await prompts("import", put(join(desk, "hello.wav"), recording()));
    expect(status).toBe(1);
    expect(stderr).toContain("Nothing was changed");
    expect(readdirSync(join(folder, "en-GB"))).toEqual(before);
  });

  it("tells of changed words once the manifest has others", async () => {
    const file = join(folder, "manifest.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("Hello there.", "Good day to you."));
    expect((await prompts("status", "--language", "en-GB")).stdout).toMatch(/^hello +words changed$/m);
  });

  it("approve lets live calls use stand-ins, in a person's name, and keeps the manifest's comments", async () => {
    const watch = { fellBack: () => {}, missing: () => {} };
    const heard = () =>
      promptBook(readPromptFolder(folder), { watch, rehearsal: false }).soundOf("one", "cy-GB")?.language;
    expect(heard()).toBe("en-GB");
    const ran = await prompts("approve", "--language", "cy-GB", "--reviewer", "Nia Example");
    expect(ran).toMatchObject({ status: 0, stdout: "3 prompts in cy-GB are approved by Nia Example.\n" });
    expect(heard()).toBe("cy-GB");
    const manifest = readFileSync(join(folder, "manifest.yaml"), "utf8");
    expect(manifest).toContain("# words by id");
    expect(manifest).toMatch(/one: \{ by: Nia Example, on: "?\d{4}-\d\d-\d\d"?, words: "?[0-9a-f]{16}/);
    expect((await prompts("status")).stdout).toMatch(/^one +recorded +stand-in, approved$/m);
  });

  it.each([
    [["import", "x.wav", "--language", "cy-BG"], "did you mean cy-GB?"],
    [["history", "helo"], "did you mean hello?"],
    [["approve", "--language", "cy-GB"], "needs --reviewer NAME"],
    [["restore", "hello"], "Nothing to put back"],
    [["import", "/no/such/file.wav"], "There is no file or folder /no/such/file.wav."],
    [["import", "prompts", "--id", "hello"], "--id goes with one FILE"],
  ])("%j tells what is wrong", async (args, told) => {
    const { status, stderr } = await prompts(...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain(told);
  });
});
