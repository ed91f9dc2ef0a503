import { spawnSync } from "node:child_process";
import grpc from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodeALaw, encodeALaw } from "#lib/audio/g711.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { createGoogle, type GoogleOptions } from "#speech/google.ts";
import type { Transcription } from "#transcript/ports.ts";
import { transcribeStory } from "#transcript/transcribe.ts";
import { speechEngineContract } from "../contract/speech-engine.ts";
import { type Fate, type SpeechServer, startSpeechServer, wordsFor } from "../support/speech-server.ts";

let server: SpeechServer;
beforeAll(async () => {
  server = await startSpeechServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.calls.length = 0;
  server.fate = () => ({ kind: "words" });
});

const usual: Omit<GoogleOptions, "client"> = {
  project: "trust",
  location: "eu",
  model: "telephony",
  recogniser: "_",
  language: "en-GB",
  phrases: [],
  credentials: null,
};
const google = (different: Partial<GoogleOptions> = {}) =>
  createGoogle({
    ...usual,
    client: {
      apiEndpoint: "127.0.0.1",
      port: server.port,
      sslCreds: grpc.credentials.createInsecure(),
    },
    ...different,
  });
const sound = (ms: number): Int16Array =>
  decodeALaw(encodeALaw(Int16Array.from({ length: ms * 8 }, (_, i) => 8000 * Math.sin(i / 5))));
const never = new AbortController().signal;
const hear = (different: Partial<GoogleOptions> = {}, signal = never) =>
  google(different).transcribe(sound(4000), signal);
const meets = (...fates: Fate[]) => {
  server.fate = (_, number) => fates[Math.min(number, fates.length) - 1]!;
};

describe("Google's client, against a server of its protos", () => {
  let engine: ReturnType<typeof google>;
  beforeEach(() => {
    server.fate = () => ({ kind: "words", afterMs: 150 });
    engine ??= google();
  });
  speechEngineContract(
    "google",
    () => engine,
    () => ({ samples: sound(5000), words: ["nurses", "kind", "operation"] }),
  );
});

describe("a request to Google", () => {
  it("has the sound as it was recorded, and asks for words as they were said, with times and confidence", async () => {
    await hear({ location: "europe-west2", recogniser: "feedback", model: "chirp_3", language: "cy-GB" });
    const [call] = server.calls;
    expect(decodeALaw(call!.request.content)).toEqual(sound(4000));
    expect(call!.request).toMatchObject({
      recognizer: "projects/trust/locations/europe-west2/recognizers/feedback",
      config: {
        model: "chirp_3",
        languageCodes: ["cy-GB"],
        explicitDecodingConfig: { encoding: "ALAW", sampleRateHertz: 8000, audioChannelCount: 1 },
        features: {
          enableWordTimeOffsets: true,
          enableWordConfidence: true,
          enableAutomaticPunctuation: true,
          profanityFilter: false,
        },
        adaptation: null,
      },
    });
    expect(call!.metadata["x-goog-request-params"]).toContain("europe-west2");
    expect(call!.deadlineMs).toBeGreaterThan(50_000);
    expect(call!.deadlineMs).toBeLessThanOrEqual(60_000);
  });

  it("has the phrases of the house", async () => {
    await hear({ phrases: ["Ward 7B", "apixaban"] });
    expect(server.calls[0]!.request.config).toMatchObject({
      adaptation: {
        phraseSets: [
          {
            inlinePhraseSet: {
              phrases: [
                { value: "Ward 7B", boost: 10 },
                { value: "apixaban", boost: 10 },
              ],
            },
          },
        ],
      },
    });
  });

  it("is not made for a sound that is shorter than any word", async () => {
    expect((await google().transcribe(sound(90), never)).words).toEqual([]);
    expect(server.calls).toEqual([]);
  });
});

describe("a story of three minutes", () => {
  it("is sent in parts of less than a minute, cut where it is silent; its words have the story's times", async () => {
    const samples = new Int16Array(8 * 180_000);
    const spoken = [0, 30_000, 60_000, 90_000, 120_000, 150_000].map((fromMs) => ({
      fromMs,
      toMs: fromMs + 28_000,
    }));
    for (const { fromMs, toMs } of spoken) samples.set(sound(toMs - fromMs), fromMs * 8);
    let heard: Transcription | null = null;
    await transcribeStory(
      {
        rows: {
          audioKey: async () => "story.wav",
          done: async (_, __, result) => {
            heard = result;
          },
          noWords: async () => {},
          failed: async () => {},
        },
        ...{ readAudio: async () => samples, findSpeech: () => spoken, engine: google() },
        ...{ clock: systemClock, logger: silentLogger },
      },
      { storyId: "story", signal: never },
    );
    const parts = server.calls.map(({ request }) => decodeALaw(request.content));
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      expect(part.length / 8).toBeLessThanOrEqual(55_000);
      expect(Math.max(...part.subarray(-800).map(Math.abs))).toBeLessThan(50); // nobody speaks where it is cut
    }
    const { words } = heard! as Transcription;
    expect(words.at(-1)!.toMs).toBeGreaterThan(175_000);
    for (const [i, word] of words.entries())
      expect(word.fromMs).toBeGreaterThanOrEqual(words[i - 1]?.fromMs ?? 0);
  });
});

describe("an answer of Google's", () => {
  it("is joined from its stretches, the longer ones weighing more; times stay within the sound", async () => {
    const at = (seconds: number, nanos = 0) => ({ seconds, nanos });
    const word = { word: "kind.", startOffset: at(3, 900_000_000), endOffset: at(4, 100_000_000) };
    meets({
      kind: "answer",
      answer: {
        results: [
          { alternatives: [{ transcript: "the nurses", confidence: 1 }] },
          { alternatives: [] },
          { alternatives: [{ transcript: " were kind", confidence: 0.5, words: [word] }] },
        ],
      },
    });
    const { text, words, confidence } = await hear();
    expect(text).toBe("the nurses were kind");
    expect(words).toEqual([{ word: "kind.", fromMs: 3900, toMs: 4000, confidence: null }]);
    expect(confidence).toBeCloseTo(14.5 / 19);
  });

  it.each([
    ["nothing at all", {}],
    ["no words", { results: [{ alternatives: [{ transcript: "" }] }] }],
  ])("with %s has no words", async (_, answer) => {
    meets({ kind: "answer", answer });
    expect(await hear()).toEqual({ text: "", words: [], confidence: null });
  });

  it.each(["twice", "nothing"] as const)(
    "that comes %s is none; the next call is not disturbed",
    async (kind) => {
      meets({ kind }, { kind: "words" });
      const engine = google({ timeoutMs: 2_000 });
      await expect(engine.transcribe(sound(4000), never)).rejects.toMatchObject({ kind: "stumbled" });
      const words = wordsFor(16_000).length;
      expect((await engine.transcribe(sound(2000), never)).words).toHaveLength(words);
      expect(server.calls).toHaveLength(2);
    },
  );

  it("that comes too late is no answer, and disturbs no later one", async () => {
    meets({ kind: "words", afterMs: 5_000 }, { kind: "words" });
    const engine = google({ timeoutMs: 2_000 });
    await expect(engine.transcribe(sound(4000), never)).rejects.toMatchObject({ kind: "stumbled" });
    const words = wordsFor(16_000).length;
    expect((await engine.transcribe(sound(2000), never)).words).toHaveLength(words);
  });
});

describe("Google in trouble", () => {
  it.each([
    [1, "stumbled"],
    [2, "stumbled"],
    [3, "refused"],
    [4, "stumbled"],
    [5, "misconfigured"],
    [7, "misconfigured"],
    [8, "quota"],
    [9, "misconfigured"],
    [12, "stumbled"],
    [13, "stumbled"],
    [14, "away"],
    [15, "stumbled"],
    [16, "misconfigured"],
  ])("status %i is %s, asked once, and its text goes nowhere", async (code, kind) => {
    meets({ kind: "status", code, details: "the nurses were kind" });
    const thrown = await hear().catch((error) => error);
    expect(thrown).toMatchObject({ name: "SpeechTrouble", kind, code: `speech_${kind}` });
    expect(thrown.message).toContain(String(code));
    expect(JSON.stringify([thrown.message, thrown.stack, thrown.cause])).not.toContain("nurses");
    expect(server.calls).toHaveLength(1);
  });

  it("says when to come back, where it does", async () => {
    const { protos } = await import("@google-cloud/speech");
    expect(protos.google.rpc).toBeDefined();
    // google.rpc.Status { code 8, details: Any { RetryInfo { retry_delay { seconds 90 } } } }, as it goes over the wire
    const info = Buffer.from([0x0a, 0x02, 0x08, 90]);
    const type = Buffer.from("type.googleapis.com/google.rpc.RetryInfo");
    const any = Buffer.concat([
      Buffer.from([0x0a, type.length]),
      type,
      Buffer.from([0x12, info.length]),
      info,
    ]);
    const metadata = new grpc.Metadata();
    metadata.set("grpc-status-details-bin", Buffer.concat([Buffer.from([0x08, 8, 0x1a, any.length]), any]));
    meets({ kind: "status", code: 8, metadata });
    await expect(hear()).rejects.toMatchObject({ kind: "quota", retryAfterMs: 90_000 });
  });

  it("that dies in the middle of a call is away, and is found again", async () => {
    meets({ kind: "cut" }, { kind: "words" });
    const engine = google();
    await expect(engine.transcribe(sound(4000), never)).rejects.toMatchObject({ kind: "away" });
    expect((await engine.transcribe(sound(4000), never)).text).toContain("nurses");
  });

  it("that never answers is given up in time", async () => {
    meets({ kind: "silence" });
    const began = performance.now();
    await expect(hear({ timeoutMs: 300 })).rejects.toMatchObject({ kind: "stumbled" });
    const givenUpMs = performance.now() - began;
    console.log(`limit 300 ms: given up after ${Math.round(givenUpMs)} ms`);
    // The usual limit is 60 s.
    expect(givenUpMs).toBeLessThan(20_000);
  });

  it("that is not there is away", async () => {
    const client = { apiEndpoint: "127.0.0.1", port: 1, sslCreds: grpc.credentials.createInsecure() };
    await expect(hear({ client, timeoutMs: 5000 })).rejects.toMatchObject({ kind: "away" });
  });

  it("whose credentials cannot be read waits for staff, and needs no restart once they are right", async () => {
    const credentials = "/nowhere/google.json";
    const engine = createGoogle({ ...usual, credentials, client: {} });
    for (const _ of [1, 2])
      await expect(engine.transcribe(sound(4000), never)).rejects.toMatchObject({ kind: "misconfigured" });
  });
});

it("writes no patient's words where the client is told to log", () => {
  const probe = new URL("../support/speech-google-probe.ts", import.meta.url).pathname;
  const env = { ...process.env, GOOGLE_SDK_NODE_LOGGING: "all" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [probe], { env, encoding: "utf8" });
  expect([status, stdout]).toEqual([0, "heard 10 words\n"]);
  expect(stderr).not.toMatch(/nurses|transcript/);
});
