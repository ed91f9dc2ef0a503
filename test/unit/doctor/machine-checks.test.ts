import { randomBytes } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { judge } from "#doctor/checks/disk.ts";
import { flows } from "#doctor/checks/flows.ts";
import { nodeVersion } from "#doctor/checks/node-version.ts";
import { openFilesOfOurs } from "#doctor/checks/open-files.ts";
import { prompts } from "#doctor/checks/prompts.ts";
import { settings } from "#doctor/checks/settings.ts";
import { sounds } from "#doctor/checks/sounds.ts";
import { speech } from "#doctor/checks/speech.ts";
import { storyStore } from "#doctor/checks/story-store.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { fakeAri } from "./fake-asterisk.ts";
import { told } from "./told.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-doctor-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fresh = () => mkdtempSync(join(folder, "x-"));

test("an old Node", async () => {
  expect(await told(nodeVersion("20.20.2"), {})).toEqual(["fault: Node 20.20.2: 24 or newer is needed"]);
  expect(await told(nodeVersion(), {})).toEqual([`ok: Node ${process.versions.node}`]);
});

test("every wrong setting, a line each", async () => {
  const lines = await told(settings({ HEARBACK_AMI_PORT: "ten" }), {});
  expect(lines).toContain(
    'fault: HEARBACK_AMI_PORT="ten" is not a port, a whole number from 1 to 65535, e.g. 5038',
  );
  expect(lines.filter((line) => / is missing, e\.g\. /.test(line)).length).toBeGreaterThan(5);
});

test("a check whose own settings are wrong is not run, and others are", async () => {
  expect(await told(storyStore, {})).toEqual(["warning: not checked: its settings are wrong"]);
});

test("a limit of open files that is too low for us", async () => {
  const limits = "Max open files            256                  4096                 files";
  const lines = await told(openFilesOfOurs(limits), {});
  expect(lines).toEqual(["fault: Hearback may open 256, and needs 1024: calls would fall mute"]);
});

describe("prompts and flows", () => {
  function copyOfPrompts(): string {
    const copy = fresh();
    cpSync(repositoryFile("prompts"), copy, { recursive: true });
    return copy;
  }

  test("as they ship", async () => {
    const env = {
      HEARBACK_PROMPT_FOLDER: repositoryFile("prompts"),
      HEARBACK_FLOW_FOLDER: repositoryFile("dialplans/flows"),
    };
    expect((await told(prompts, env))[0]).toMatch(/^ok: \d+ sounds of prompts, all fit/);
    expect((await told(flows, env))[0]).toMatch(/^ok: .*fft/);
  });

  test("one at another rate, one that is no WAV, one that is gone", async () => {
    const copy = copyOfPrompts();
    const at = (id: string) => join(copy, "en-GB", `${id}.wav`);
    writeFileSync(at("digit-1"), writeWav({ sampleRate: 44_100, samples: new Int16Array(100) }));
    writeFileSync(at("digit-2"), "ID3 this is an MP3");
    const env = { HEARBACK_PROMPT_FOLDER: copy, HEARBACK_FLOW_FOLDER: repositoryFile("dialplans/flows") };
    expect((await told(prompts, env)).filter((line) => line.startsWith("fault"))).toEqual([
      `fault: ${at("digit-1")}: it has 44100 samples a second, a telephone 8000 or 16000`,
      `fault: ${at("digit-2")}: not a WAV file: it does not begin with RIFF....WAVE`,
    ]);
    rmSync(at("hello"));
    expect((await told(flows, env)).join("\n")).toMatch(
      /^fault: .*fft\.yaml:\d+:\d+: the prompt "hello" has words in en-GB, but no sound/m,
    );
  });
});

describe("sounds", () => {
  async function look(sounds_: string, data?: string) {
    const ari = await fakeAri(
      data ? { "GET asterisk/variable?variable=ASTDATADIR": { body: { value: data } } } : {},
    );
    const lines = await told(sounds, { ...ari.env, HEARBACK_SOUNDS_FOLDER: sounds_ });
    ari.close();
    return lines;
  }

  test("copies that only their owner may read, or whose folder shuts others out", async () => {
    const place = fresh();
    chmodSync(place, 0o755);
    const copy = join(place, "hearback/en-GB/hello.alaw");
    mkdirSync(join(place, "hearback/en-GB"), { recursive: true });
    writeFileSync(copy, "sound", { mode: 0o644 });
    expect(await look(place)).toEqual(["ok: 3 files and folders that Asterisk may read"]);
    chmodSync(copy, 0o600);
    expect((await look(place))[0]).toBe(
      `fault: Asterisk's user may not read ${copy}: nobody would hear a word`,
    );
    chmodSync(copy, 0o644);
    chmodSync(place, 0o700);
    expect((await look(place))[0]).toBe(`warning: Asterisk's user may not enter ${place}, above the copies`);
  });

  test("another folder than the one that Asterisk looks into", async () => {
    const [ours, data] = [fresh(), fresh()];
    mkdirSync(join(data, "sounds"));
    expect((await look(ours, data))[0]).toMatch(
      /^warning: Asterisk looks for sounds in .*\/sounds, and the copies/,
    );
    expect((await look(join(data, "sounds"), data))[0]).toMatch(/^ok: no copies yet/);
  });
});

test("a speech engine that is not there", async () => {
  const env = { HEARBACK_SPEECH_ENGINE: "pocketsphinx", HEARBACK_POCKETSPHINX: join(folder, "nothing") };
  expect(await told(speech, env)).toEqual(["fault: pocketsphinx cannot be started"]);
});

test("a speech engine that hears something else", async () => {
  const program = join(folder, "deaf");
  const answer = JSON.stringify({ b: 0, d: 1, p: 1, t: "", w: [{ b: 0, d: 1, p: 1, t: "banana" }] });
  writeFileSync(program, `#!/bin/sh\ncat > /dev/null\necho '${answer}'\n`, { mode: 0o755 });
  const env = { HEARBACK_SPEECH_ENGINE: "pocketsphinx", HEARBACK_POCKETSPHINX: program };
  expect((await told(speech, env))[0]).toMatch(/^fault: pocketsphinx \(.*\) heard 0 % of a sample's words/);
});

describe("stories", () => {
  test("written, read back, and nothing left behind", async () => {
    const place = fresh();
    writeFileSync(join(place, "keep"), randomBytes(3));
    expect((await told(storyStore, { HEARBACK_STORY_FOLDER: place }))[0]).toMatch(/^ok: .*removed again/);
    expect(readdirSync(place)).toEqual(["keep"]);
  });

  test("a folder that is a file", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect((await told(storyStore, { HEARBACK_STORY_FOLDER: file }))[0]).toMatch(
      /^fault: .*EEXIST|^fault: .*ENOTDIR/,
    );
  });
});

test.each([
  [1e8, 0.5, "fault"],
  [1e9, 0.5, "warning"],
  [5e10, 0.02, "warning"],
  [5e10, 0.5, "ok"],
])("a disk with %i bytes free, a share of %d: %s", (freeBytes, share, level) => {
  expect(judge({ id: "a", folder: "/stories", freeBytes, share }).level).toBe(level);
});
