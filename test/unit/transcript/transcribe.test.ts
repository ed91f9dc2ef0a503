import { beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { silentLogger } from "#lib/logger.ts";
import { noEngine } from "#speech/none.ts";
import type { SpeechEngine, Transcription } from "#transcript/ports.ts";
import { type TranscribeStories, transcribeStory } from "#transcript/transcribe.ts";
import { findSpeech } from "#transcript/voice-activity.ts";
import { clipsWithoutSpeech } from "./sounds-without-speech.ts";

const SECRET = "a patient's words";
let noted: unknown[][];
let logged: object[];
let asked: number[];
let answer: (samples: Int16Array, signal: AbortSignal) => Promise<Transcription>;
let deps: TranscribeStories;

const engine: SpeechEngine = {
  name: "fake",
  model: "1",
  rough: false,
  transcribe: (samples, signal) => {
    asked.push(samples.length);
    return answer(samples, signal);
  },
};
const never: Clock = {
  now: () => new Date(0),
  monotonicMs: () => 0,
  wait: (_, signal) =>
    new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
};
const run = (signal = new AbortController().signal) => transcribeStory(deps, { storyId: "story-1", signal });

beforeEach(() => {
  [noted, logged, asked] = [[], [], []];
  answer = async () => ({ text: "good care", words: [], confidence: 0.5 });
  const log = (fields: object) => void logged.push(fields);
  deps = {
    rows: {
      audioKey: async () => "story-1.wav",
      done: async (storyId, { name }, result) => void noted.push(["done", storyId, name, result]),
      noWords: async (storyId, { name }) => void noted.push(["no words", storyId, name]),
      failed: async (storyId, { name }, reason) => void noted.push(["failed", storyId, name, reason]),
    },
    readAudio: async () => new Int16Array(8 * 70_000),
    findSpeech: () => [{ fromMs: 3000, toMs: 4000 }],
    engine,
    clock: never,
    logger: { ...silentLogger, info: log, warn: log, error: log },
  };
});

describe("transcribing a story", () => {
  it("shows the engine the spoken part only, and gives times of the story", async () => {
    const word = { word: "good", fromMs: 300, toMs: 700, confidence: 0.5 };
    answer = async () => ({ text: "good", words: [word], confidence: 0.5 });
    expect(await run()).toBe("done");
    expect(asked).toEqual([4000 * 8]);
    const words = [{ ...word, fromMs: 1800, toMs: 2200 }];
    expect(noted).toEqual([["done", "story-1", "fake", { text: "good", words, confidence: 0.5 }]]);
  });

  it("joins the pieces of a long story; longer ones weigh more in its confidence", async () => {
    deps.findSpeech = () => [
      { fromMs: 1000, toMs: 25_000 },
      { fromMs: 40_000, toMs: 65_000 },
    ];
    const pieces = [
      { text: "abc", words: [], confidence: 1 },
      { text: " d ", words: [], confidence: 0 },
    ];
    answer = async () => pieces.shift()!;
    await run();
    expect(noted[0]![3]).toEqual({ text: "abc d", words: [], confidence: 0.5 });
  });

  it("cuts a long story as its engine asks", async () => {
    deps.findSpeech = () => [{ fromMs: 0, toMs: 70_000 }];
    deps.engine = { ...engine, longestPieceMs: 40_000 };
    await run();
    expect(asked).toEqual([40_000 * 8, 30_000 * 8]);
  });

  it("never shows 200 clips without speech to the engine, and notes that there are no words", async () => {
    deps.findSpeech = findSpeech;
    const clips = clipsWithoutSpeech();
    for (const { samples } of clips) {
      deps.readAudio = async () => samples;
      expect(await run()).toBe("no-words");
    }
    expect(asked).toEqual([]);
    expect(noted).toHaveLength(clips.length);
    expect(new Set(noted.map(([what]) => what))).toEqual(new Set(["no words"]));
  });

  it("notes no words where the engine heard none", async () => {
    answer = async () => ({ text: " ", words: [], confidence: null });
    expect(await run()).toBe("no-words");
    expect(noted).toEqual([["no words", "story-1", "fake"]]);
  });

  it("does nothing for a story that is gone, and nothing with the engine none", async () => {
    expect(
      await transcribeStory(
        { ...deps, engine: noEngine },
        { storyId: "story-1", signal: AbortSignal.abort() },
      ),
    ).toBe("no-engine");
    deps.rows.audioKey = async () => null;
    expect(await run()).toBe("gone");
    expect(noted).toEqual([]);
  });
});

describe("when transcribing fails", () => {
  it.each(["story_missing", "story_unreadable", "speech_output_unreadable"])("%s is final", async (code) => {
    answer = () => Promise.reject(new AppError(code, SECRET));
    expect(await run()).toBe("failed");
    expect(noted).toEqual([["failed", "story-1", "fake", code]]);
  });

  it("anything else is noted, and thrown for the queue to try again", async () => {
    answer = () => Promise.reject(new AppError("speech_engine_failed", SECRET));
    await expect(run()).rejects.toMatchObject({ code: "speech_engine_failed" });
    answer = () => Promise.reject(new Error(SECRET));
    await expect(run()).rejects.toThrow();
    expect(noted.map((note) => note[3])).toEqual(["speech_engine_failed", "speech_failed"]);
    expect(JSON.stringify([noted, logged])).not.toContain(SECRET);
  });

  it("an engine that does not answer is given up", async () => {
    const waits: number[] = [];
    deps.clock = { ...never, wait: async (ms) => void waits.push(ms) };
    answer = (_, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("killed"))));
    await expect(run()).rejects.toMatchObject({ name: "SpeechTrouble", kind: "stumbled" });
    expect(noted).toEqual([]);
    expect(waits).toEqual([60_000 + 4 * 4000]);
  });

  it("being stopped is no failure: nothing is noted", async () => {
    const stop = new AbortController();
    answer = (_, signal) => {
      stop.abort();
      return Promise.reject(signal.reason);
    };
    await expect(run(stop.signal)).rejects.toThrow();
    expect(noted).toEqual([]);
  });
});
