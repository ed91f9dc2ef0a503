/** Whoever records by telephone never repeats former words, or another language's, as the present ones. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StudioOrder } from "#cli/ports.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { pretendSpeaker, type Telling } from "../../support/pretend-speaker.ts";
import { humWav, promptFiles } from "../../support/prompt-files.ts";
import { hearback } from "./run-command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearback-prompts-"));
  for (const [path, bytes] of promptFiles()) put(path.slice("prompts/".length), bytes);
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}
const change = (from: string, to: string) =>
  put("manifest.yaml", readFileSync(join(folder, "manifest.yaml"), "utf8").replace(from, to));

const keeps: Telling = { says: "something", keys: ["1"] };

/** @returns how it went, and what the speaker heard; null where nobody was rung */
async function record(args: readonly string[], tellings: readonly Telling[]) {
  let heard: string[] | null = null;
  const ringStudio = async ({ files }: StudioOrder) => {
    const speaker = pretendSpeaker(tellings);
    heard = speaker.heard;
    const watch = { fellBack: () => {}, missing: () => {} };
    return { ...speaker, book: promptBook(files, { watch, rehearsal: true }), close: async () => {} };
  };
  const numbers = ["--to", "01632 960140", "--caller-number", "01632 960999"];
  const ran = await hearback(["prompts", "record", ...numbers, ...args], {
    env: {
      ...{ HEARBACK_PROMPT_FOLDER: folder, HEARBACK_ARI_URL: "http://127.0.0.1:8088" },
      ...{
        HEARBACK_ARI_USER: "hearback",
        HEARBACK_ARI_PASSWORD: "secret-of-a-test",
        HEARBACK_TRUNK: "trunk",
      },
      HEARBACK_SOUNDS_FOLDER: folder,
    },
    services: { ringStudio },
  });
  return { ...ran, heard: heard as string[] | null };
}

/** Sounds of prompts that the speaker heard; tone, keys and silence apart. */
const sounds = (heard: readonly string[] | null) =>
  heard?.filter((one) => one.startsWith("hearback/")).length;
const kindsOf = async (language: string) => {
  const { stdout } = await hearback(["prompts", "status", "--json"], {
    env: { HEARBACK_PROMPT_FOLDER: folder },
  });
  const states: Record<string, { kind: string; said: string | null }> = JSON.parse(stdout)[language];
  return Object.fromEntries(Object.entries(states).map(([id, { kind, said }]) => [id, `${kind}: ${said}`]));
};

describe("hearback prompts record", () => {
  it("prints each text as its turn comes, and plays what says it", async () => {
    const ran = await record(
      ["--language", "cy-GB", "hello", "one"],
      [keeps, { says: "something", keys: ["4"] }],
    );
    expect(ran).toMatchObject({ status: 1, stdout: "hello: kept\none: left as it was\n" });
    expect(ran.stderr).toMatch(
      /^Ringing •+40 for 2 prompts in cy-GB\.\nhello: "Helo i chi\."\none: "un"\n1 of 2 are recorded\.\n$/,
    );
    expect(sounds(ran.heard)).toBe(2);
  });

  it("leaves out and names what a machine said in other words, and what has no sound", async () => {
    change("Helo i chi.", "Bore da.");
    rmSync(join(folder, "cy-GB/one.wav"));
    const ran = await record(["--language", "cy-GB"], [keeps]);
    expect(ran).toMatchObject({ status: 1, stdout: "goodbye: kept\n" });
    expect(ran.stderr).toContain("Left out, as no sound in cy-GB says the manifest's words: hello, one.\n");
    expect(ran.stderr).toContain("hearback prompts say hello one --language cy-GB makes");
    expect(ran.stderr).toContain("for 1 prompts in cy-GB");
    expect(sounds(ran.heard)).toBe(1);
    expect(await kindsOf("cy-GB")).toEqual({
      ...{ hello: "changed: Helo i chi.", one: "missing: null", goodbye: "recorded: Hwyl am y tro." },
    });
  });

  it("leaves out what a person said in other words, which no machine replaces, and rings nobody for nothing", async () => {
    change("Hello there.", "Good day to you.");
    const ran = await record([], []);
    expect(ran).toMatchObject({ status: 1, stdout: "", heard: null });
    expect(ran.stderr).toMatch(/^Left out, as a person recorded other words in en-GB than .*: hello\.\n/);
    expect(ran.stderr).toContain("nobody was rung");
    expect(await record(["--language", "en-GB"], [])).toMatchObject({ heard: null });
  });

  it("plays nothing of former words that are asked for by name, and files the words that were read", async () => {
    change("Hello there.", "Good day to you.");
    const ran = await record(["hello", "goodbye"], [keeps, keeps]);
    expect(ran).toMatchObject({ status: 0, stdout: "hello: kept\ngoodbye: kept\n" });
    expect(ran.stderr).toContain('hello, not played, to be read here: "Good day to you."\n');
    expect(ran.stderr).toContain('goodbye: "Goodbye for now."\n');
    expect(ran.heard?.[0]).toBe("5 s");
    expect(sounds(ran.heard)).toBe(1);
    expect((await kindsOf("en-GB")).hello).toBe("recorded: Good day to you.");
  });

  it("plays no other language for what is missing in this one", async () => {
    rmSync(join(folder, "cy-GB/hello.wav"));
    const ran = await record(["--language", "cy-GB", "hello"], [keeps]);
    expect(ran).toMatchObject({ status: 0, stdout: "hello: kept\n" });
    expect(sounds(ran.heard)).toBe(0);
    expect((await kindsOf("cy-GB")).hello).toBe("recorded: Helo i chi.");
  });

  it("plays no file that somebody put there by hand: nobody wrote down what it says", async () => {
    put("en-GB/hello.wav", humWav({ hertz: 260 }));
    const ran = await record(["hello"], [keeps]);
    expect(ran.stderr).toContain("hello, not played, to be read here");
    expect(sounds(ran.heard)).toBe(0);
  });

  it("leaves out what the manifest has no words for in this language", async () => {
    change(', cy-GB: "un"', "");
    const ran = await record(["--language", "cy-GB", "one"], []);
    expect(ran).toMatchObject({ status: 1, heard: null });
    expect(ran.stderr).toContain(
      "Left out, as the manifest has no words in cy-GB: one. Write them there first.",
    );
  });

  it("has nothing to do where a person recorded all", async () => {
    const ran = await record([], []);
    expect(ran).toMatchObject({ status: 0, heard: null });
    expect(ran.stderr).toBe("There is nothing to record in en-GB; nobody was rung.\n");
  });
});
