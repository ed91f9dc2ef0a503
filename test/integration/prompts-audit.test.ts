/** What commands make of prompts in their folder, as the audit tells it where there is a database. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AuditRecord } from "#access/audit.ts";
import type { Services } from "#cli/ports.ts";
import { openDatabase } from "#open-database.ts";
import { auditHead, auditRecords } from "#postgres/audit-log.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { shortHash } from "#prompts/sounds.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { pretendSpeaker } from "../support/pretend-speaker.ts";
import { humWav, promptFiles } from "../support/prompt-files.ts";
import { hearback } from "../unit/cli/run-command.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-prompts-"));
  for (const [path, bytes] of promptFiles()) put(path.slice("prompts/".length), bytes);
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, bytes: Uint8Array | string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}
const versionOf = (path: string) => `sha256-${shortHash(readFileSync(join(folder, path)))}`;

/** The speaker keeps the first, and leaves the others as they were. */
const ringStudio: Services["ringStudio"] = async ({ files }) => {
  const speaker = pretendSpeaker([
    { says: "something", keys: ["1"] },
    { says: "something", keys: ["4"] },
  ]);
  const watch = { fellBack: () => {}, missing: () => {} };
  return { ...speaker, book: promptBook(files, { watch, rehearsal: true }), close: async () => {} };
};
const prompts = (args: readonly string[], services: Partial<Services> = {}) =>
  hearback(["prompts", ...args], {
    env: {
      ...{ HEARBACK_DATABASE_URL: database.url, HEARBACK_PROMPT_FOLDER: folder },
      ...{ HEARBACK_ARI_URL: "http://127.0.0.1:8088", HEARBACK_ARI_USER: "hearback" },
      ...{
        HEARBACK_ARI_PASSWORD: "secret-of-a-test",
        HEARBACK_TRUNK: "trunk",
        HEARBACK_SOUNDS_FOLDER: folder,
      },
    },
    services: { openDatabase, ringStudio, ...services },
  });

/** What the audit was given meanwhile. */
async function toldOf(work: () => Promise<unknown>): Promise<AuditRecord[]> {
  const before = (await auditHead(database.pool))?.n ?? 0;
  await work();
  const all = await Array.fromAsync(auditRecords(database.pool, {}));
  return all.filter(({ n }) => n > before);
}

const { username } = userInfo();
const me = { kind: "command", id: username, name: username };
const about = (id: string) => ({ kind: "prompt", id });

describe("the audit", () => {
  it("tells who approved which words in which sound, in whose name, and who ran the command", async () => {
    const told = await toldOf(() =>
      prompts(["approve", "hello", "one", "--language", "cy-GB", "--reviewer", "Nia Example"]),
    );
    const words = (text: string) => `sha256-${shortHash(text)}`;
    const path = "prompts/manifest.yaml";
    expect(told).toMatchObject([
      {
        ...{ who: { ...me, name: "Nia Example" }, action: "prompt-approve", subject: about("cy-GB/hello") },
        details: { path, version: versionOf("cy-GB/hello.wav"), words: words("Helo i chi.") },
      },
      {
        ...{ who: { ...me, name: "Nia Example" }, action: "prompt-approve", subject: about("cy-GB/one") },
        details: { path, version: versionOf("cy-GB/one.wav"), words: words("un") },
      },
    ]);
    expect(told).toHaveLength(2);
    expect(readFileSync(join(folder, "manifest.yaml"), "utf8")).toContain("by: Nia Example");
  });

  it("tells of what was taken in, and of what was put back", async () => {
    const before = versionOf("en-GB/hello.wav");
    const file = put("desk/hello.wav", humWav({ hertz: 330, seconds: 0.8 }));
    const taken = await toldOf(() => prompts(["import", file]));
    const path = "prompts/en-GB/hello.wav";
    const details = { path, kind: "recorded", version: versionOf("en-GB/hello.wav") };
    expect(taken).toMatchObject([
      { who: me, action: "prompt-import", subject: about("en-GB/hello"), details },
    ]);
    expect(details.version).not.toBe(before);
    const back = await toldOf(() => prompts(["restore", "hello"]));
    expect(back).toMatchObject([
      { who: me, action: "prompt-restore", subject: about("en-GB/hello"), details: { version: before } },
    ]);
    expect(versionOf("en-GB/hello.wav")).toBe(before);
    const listed = await hearback(["audit", "list", "--subject", "prompt:en-GB/hello", "--limit", "2"], {
      env: { HEARBACK_DATABASE_URL: database.url },
      services: { openDatabase },
    });
    expect(listed.stdout.match(/prompt-(restore|import)/g)).toEqual(["prompt-restore", "prompt-import"]);
  });

  it("tells of what a speaker kept, and of nothing else", async () => {
    const numbers = ["--to", "01632 960140", "--caller-number", "01632 960999"];
    const told = await toldOf(() => prompts(["record", ...numbers, "hello", "goodbye"]));
    expect(told).toMatchObject([
      {
        ...{ who: me, action: "prompt-record", subject: about("en-GB/hello") },
        details: { kind: "recorded", version: versionOf("en-GB/hello.wav") },
      },
    ]);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toMatch(/960\s?(140|999)/);
  });

  it("tells of what a machine said, and of what went with a prompt that is no more", async () => {
    const words = readFileSync(join(folder, "manifest.yaml"), "utf8");
    // a tone takes no voice
    put("manifest.yaml", words.replace(/^ {2}one: .*$/m, '  tone: { cy-GB: "(tôn)" }'));
    const told = await toldOf(() => prompts(["say", "tone", "--language", "cy-GB"]));
    expect(told).toMatchObject([
      {
        ...{ who: me, action: "prompt-say", subject: about("cy-GB/tone") },
        details: { kind: "stand-in", version: versionOf("cy-GB/tone.wav") },
      },
      { who: me, action: "prompt-say", subject: about("cy-GB/one"), details: { state: "removed" } },
    ]);
    expect(existsSync(join(folder, "cy-GB/one.wav"))).toBe(false);
  });

  it("is told nothing of what came to nothing", async () => {
    const file = put("desk/hello.wav", humWav({ hertz: 330, seconds: 0.8 }));
    put(".former", "a file where the folder should be");
    const told = await toldOf(async () => {
      expect((await prompts(["import", file])).stderr).toContain("Nothing was changed");
      await prompts(["import", file, "--dry-run"]);
      await prompts(["restore", "goodbye"]);
      await prompts(["status"]);
    });
    expect(told).toEqual([]);
  });
});

describe("what cannot be told is not done", () => {
  const approval = ["approve", "--language", "cy-GB", "--reviewer", "Nia Example"];

  it("where the audit refuses it", async () => {
    const words = readFileSync(join(folder, "manifest.yaml"), "utf8");
    put("manifest.yaml", `${words}  "07700900123": { en-GB: "(a tone)" }\n`);
    const ran = await prompts(["say", "07700900123"]);
    expect(ran).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("looks like a telephone number"),
    });
    expect(existsSync(join(folder, "en-GB/07700900123.wav"))).toBe(false);
  });

  it("where the database is away: nobody is rung, and no file is changed", async () => {
    const away = () => Promise.reject(new Error("the database is away"));
    const noCall = () => Promise.reject(new Error("a telephone rang"));
    const before = readFileSync(join(folder, "manifest.yaml"), "utf8");
    const numbers = ["--to", "01632 960140", "--caller-number", "01632 960999"];
    for (const args of [approval, ["record", ...numbers, "hello"]]) {
      const ran = await prompts(args, { openDatabase: away, ringStudio: noCall });
      expect(ran.status).not.toBe(0);
      expect(ran.stderr).toContain("the database is away");
    }
    expect(readFileSync(join(folder, "manifest.yaml"), "utf8")).toBe(before);
    expect(existsSync(join(folder, ".former"))).toBe(false);
  });

  it("where the database goes away while somebody speaks: their take lies in a file, and is taken in later", async () => {
    const before = versionOf("en-GB/hello.wav");
    const numbers = ["--to", "01632 960140", "--caller-number", "01632 960999"];
    const goesAway: Services["openDatabase"] = async (settings) => ({
      ...(await openDatabase(settings)),
      changePrompts: () => Promise.reject(new Error("the database is away")),
    });
    const ran = await prompts(["record", ...numbers, "hello", "goodbye"], { openDatabase: goesAway });
    expect(ran).toMatchObject({ status: 1, stdout: "hello: set aside\ngoodbye: left as it was\n" });
    expect(ran.stderr).toContain("hello: not put in its place: the database is away\n");
    expect(versionOf("en-GB/hello.wav")).toBe(before);
    const takes = /hearback prompts import (\S+)/.exec(ran.stderr)![1]!;
    try {
      const told = await toldOf(() => prompts(["import", takes]));
      const details = { kind: "recorded", version: versionOf("en-GB/hello.wav") };
      expect(told).toMatchObject([{ action: "prompt-import", subject: about("en-GB/hello"), details }]);
      expect(details.version).not.toBe(before);
    } finally {
      rmSync(takes, { recursive: true });
    }
  });
});
