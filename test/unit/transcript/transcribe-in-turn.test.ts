import { beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { silentLogger } from "#lib/logger.ts";
import type { SpeechEngine, Transcription, TranscriptOrder } from "#transcript/ports.ts";
import { SpeechTrouble, type TroubleKind } from "#transcript/speech-trouble.ts";
import { createTranscribeInTurn, type TranscribeInTurnJob } from "#transcript/transcribe-in-turn.ts";

const never = new AbortController().signal;
const spoken = [{ fromMs: 3000, toMs: 4000 }];
let nowMs: number;
let noted: string[];
let put: { order: TranscriptOrder; delayMs: number }[];
let held: string[];
let blamed: Map<string, number>;
let waited: number[];
let speech: { fromMs: number; toMs: number }[];
let answer: (signal: AbortSignal) => Promise<Transcription>;
let transcribe: TranscribeInTurnJob;

const good = async () => ({ text: "good", words: [], confidence: null });
const inTrouble = (kind: TroubleKind) => () => Promise.reject(new SpeechTrouble(kind, "as told"));
/** Time passes at once for who waits. */
const clock: Clock = {
  now: () => new Date(nowMs),
  monotonicMs: () => nowMs,
  wait: async (ms, signal) => {
    if (ms === 60_000 + 4 * 4000) return new Promise(() => {}); // what the engine has for this sound
    signal?.throwIfAborted();
    waited.push(ms);
    nowMs += ms;
  },
};
const engine = (name: string): SpeechEngine => ({
  ...{ name, model: "1", rough: false },
  transcribe: (_, signal) => answer(signal),
});

beforeEach(() => {
  [nowMs, noted, put, held, waited, speech] = [0, [], [], [], [], spoken];
  blamed = new Map();
  answer = good;
  transcribe = createTranscribeInTurn({
    rows: {
      audioKey: async (storyId) => (storyId === "gone" ? null : `${storyId}.wav`),
      done: async (storyId, { name }) => void noted.push(`${storyId} done by ${name}`),
      noWords: async (storyId) => void noted.push(`${storyId} without words`),
      failed: async (storyId, _, because) => void noted.push(`${storyId} failed: ${because}`),
    },
    orders: {
      hold: async ({ storyId }, { because, blamed: isBlamed }) => {
        held.push(`${storyId}: ${because}`);
        blamed.set(storyId, (blamed.get(storyId) ?? 0) + (isBlamed ? 1 : 0));
        return blamed.get(storyId)!;
      },
      later: async (order, delayMs) => void put.push({ order, delayMs }),
    },
    engineOf: (name) => {
      if (name === "unknown") throw new AppError("speech_engine_missing", "it is not set up");
      return engine(name ?? "usual");
    },
    readAudio: async () => new Int16Array(8 * 7000),
    findSpeech: () => speech,
    clock,
    logger: silentLogger,
  });
});
const run = (storyId: string, name: string | null = null, signal = never) =>
  transcribe({ storyId, engine: name }, signal);

describe("a story whose engine is in trouble", () => {
  it.each(["quota", "away", "stumbled", "misconfigured", "refused", "unreadable"] as const)(
    "keeps its place while nothing was ever answered: %s",
    async (kind) => {
      answer = inTrouble(kind);
      for (let i = 0; i < 30; i++) expect(await run("a")).toBe("later");
      expect(noted).toEqual([]);
      expect(new Set(held)).toEqual(new Set([`a: speech_${kind}`]));
      expect(put).toHaveLength(30);
      expect(put[0]!.delayMs).toBeGreaterThan(0);
      answer = good;
      expect(await run("a")).toBe("done");
    },
  );

  it.each([
    ["quota", null],
    ["away", null],
    ["misconfigured", null],
    ["stumbled", 5],
    ["refused", 1],
    ["unreadable", 3],
  ] as const)("while others are answered, %s is blamed on it after %j tries", async (kind, tries) => {
    let gaveUpAfter: number | null = null;
    for (let i = 1; i <= 12 && gaveUpAfter === null; i++) {
      answer = good;
      expect(await run("other")).toBe("done");
      answer = inTrouble(kind);
      if ((await run("bad")) === "failed") gaveUpAfter = i;
    }
    expect(gaveUpAfter).toBe(tries);
    expect(noted.includes(`bad failed: speech_${kind}`)).toBe(tries !== null);
  });

  it("is put back for as long as the engine is left alone, and the next story waits for that", async () => {
    answer = inTrouble("quota");
    await run("a");
    expect(put).toEqual([{ order: { storyId: "a", engine: null }, delayMs: 15_000 }]);
    answer = good;
    expect(await run("b")).toBe("done");
    expect(waited).toEqual([15_000]);
  });

  it("does not stop another engine", async () => {
    answer = inTrouble("misconfigured");
    await run("a", "google");
    answer = good;
    expect(await run("b")).toBe("done");
    expect(waited).toEqual([]);
  });

  it("waits for an engine that is not set up, as for one in trouble", async () => {
    expect(await run("a", "unknown")).toBe("later");
    expect(held).toEqual(["a: speech_misconfigured"]);
    expect(put).toEqual([{ order: { storyId: "a", engine: "unknown" }, delayMs: 60_000 }]);
  });

  it("learns nothing of it from a story that is silent or gone", async () => {
    answer = inTrouble("away");
    await run("a");
    speech = [];
    expect(await run("silent")).toBe("no-words");
    expect(await run("gone")).toBe("gone");
    speech = spoken;
    await run("a");
    expect(put.map(({ delayMs }) => delayMs)).toEqual([2000, 4000]);
  });
});

describe("a process that stops", () => {
  it("puts the story back that the engine has, and the one that waits for it", async () => {
    const stop = new AbortController();
    answer = (signal) => {
      stop.abort(new Error("stopped"));
      return Promise.reject(signal.reason);
    };
    expect(await run("a", null, stop.signal)).toBe("later");
    expect(await run("b", "google", stop.signal)).toBe("later");
    expect(put).toEqual([
      { order: { storyId: "a", engine: null }, delayMs: 0 },
      { order: { storyId: "b", engine: "google" }, delayMs: 0 },
    ]);
    expect([noted, held]).toEqual([[], []]);
  });
});

it("throws faults of ours for the queue to try again, and lets the next one in", async () => {
  answer = inTrouble("away");
  await run("a");
  answer = () => Promise.reject(new Error("a fault"));
  await expect(run("a")).rejects.toThrow("a fault");
  answer = good;
  expect(await run("b")).toBe("done");
});
