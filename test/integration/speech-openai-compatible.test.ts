import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { createOpenAiCompatible, type OpenAiCompatibleOptions } from "#speech/openai-compatible.ts";
import { transcribeStory } from "#transcript/transcribe.ts";
import { findSpeech } from "#transcript/voice-activity.ts";
import { speechEngineContract } from "../contract/speech-engine.ts";
import {
  type Answering,
  type HttpSpeechServer,
  json,
  startHttpSpeechServer,
  words,
} from "../support/http-speech-server.ts";
import { wordsFor } from "../support/speech-server.ts";
import { clipsWithoutSpeech } from "../unit/transcript/sounds-without-speech.ts";

let server: HttpSpeechServer;
beforeAll(async () => {
  server = await startHttpSpeechServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.posts.length = 0;
  server.answering = words;
});

const whisper = (different: Partial<OpenAiCompatibleOptions> = {}) =>
  createOpenAiCompatible({
    ...{ url: server.url, model: "whisper-large-v3", key: null, ca: null, format: "verbose_json" },
    ...{ language: "en-GB", phrases: [] },
    ...different,
  });
const sound = (ms: number) => Int16Array.from({ length: ms * 8 }, (_, i) => 8000 * Math.sin(i / 5));
const never = new AbortController().signal;
const hear = (different: Partial<OpenAiCompatibleOptions> = {}) =>
  whisper(different).transcribe(sound(4000), never);
const answers = (answer: unknown, status = 200, headers = {}) => {
  server.answering = (_, response) => json(response, answer, status, headers);
};

describe("a server with OpenAI's shape", () => {
  beforeEach(() => {
    server.answering = (post, response, number) => void setTimeout(() => words(post, response, number), 150);
  });
  for (const format of ["json", "verbose_json"] as const) {
    if (format === "verbose_json")
      speechEngineContract(
        "openai-compatible",
        () => whisper({ format }),
        () => ({ samples: sound(5000), words: ["nurses", "kind", "operation"] }),
      );
    it(`gives text in ${format}`, async () => {
      const { text, words } = await hear({ format });
      expect(text).toBe("the nurses were very kind after my operation and the");
      expect(words).toHaveLength(format === "json" ? 0 : 10);
    });
  }
});

describe("a request", () => {
  it("has the sound, the model, the language and what it should expect", async () => {
    await hear({ phrases: ["Ward 7B", "apixaban"], key: "open-sesame", url: `${server.url}/speech/` });
    const [post] = server.posts;
    expect(post).toMatchObject({
      path: "/speech/v1/audio/transcriptions",
      authorization: "Bearer open-sesame",
      fields: {
        model: ["whisper-large-v3"],
        language: ["en"],
        response_format: ["verbose_json"],
        "timestamp_granularities[]": ["word", "segment"],
        temperature: ["0"],
        prompt: ["Ward 7B, apixaban"],
      },
    });
    expect(post!.samples).toEqual(sound(4000));
  });

  it("is not made for a sound that is shorter than any word", async () => {
    expect((await whisper().transcribe(sound(90), never)).words).toEqual([]);
    expect(server.posts).toEqual([]);
  });

  it("has no more phrases than Whisper reads, no key where there is none, and no times where there are none", async () => {
    await hear({ phrases: Array.from({ length: 200 }, (_, i) => `phrase ${i}`), format: "json" });
    const { authorization, fields } = server.posts[0]!;
    expect(authorization).toBeUndefined();
    expect(fields.prompt![0]).toMatch(/^phrase 0, .*phrase \d+$/);
    expect(fields.prompt![0]!.length).toBeLessThanOrEqual(800);
    expect(fields["timestamp_granularities[]"]).toBeUndefined();
  });
});

describe("an answer", () => {
  it("may have its words in the segments, with a probability, as whisper.cpp has them", async () => {
    answers({
      text: " Good care. [BLANK_AUDIO]",
      segments: [
        {
          ...{ start: 0, end: 2, text: " Good care.", avg_logprob: Math.log(0.5) },
          words: [
            { word: " Good", start: 0.1, end: 0.5, probability: 0.9 },
            { word: " care.", start: 0.5, end: 99, probability: 7 },
            { word: "[_TT_100]", start: 1, end: 1 },
          ],
        },
      ],
    });
    const { text, words, confidence } = await hear();
    expect(text).toBe("Good care.");
    expect(words).toEqual([
      { word: "Good", fromMs: 100, toMs: 500, confidence: 0.9 },
      { word: "care.", fromMs: 500, toMs: 4000, confidence: null },
    ]);
    expect(confidence).toBeCloseTo(0.5);
  });

  it("loses what the server itself takes for silence", async () => {
    const segment = { start: 0, end: 1, text: " Kind.", avg_logprob: -0.1, no_speech_prob: 0.1 };
    const invented = {
      start: 2,
      end: 4,
      text: " Thanks for watching!",
      avg_logprob: -1.4,
      no_speech_prob: 0.9,
    };
    answers({
      ...{ text: " Kind. Thanks for watching!", segments: [segment, invented] },
      words: [
        { word: "Kind.", start: 0.2, end: 0.6 },
        { word: "watching!", start: 3, end: 3.5 },
      ],
    });
    const { text, words } = await hear();
    expect([text, words.map(({ word }) => word)]).toEqual(["Kind.", ["Kind."]]);
    answers({ text: " Thanks for watching!", segments: [invented] });
    expect(await hear()).toEqual({ text: "", words: [], confidence: null });
  });

  it("is never asked for where nobody speaks: a server that invents words is given none of 20 clips", async () => {
    answers({ text: "Thanks for watching!" });
    const noted: string[] = [];
    for (const { samples } of clipsWithoutSpeech().slice(0, 20)) {
      await transcribeStory(
        {
          rows: {
            audioKey: async () => "story.wav",
            done: async () => void noted.push("done"),
            noWords: async () => void noted.push("no words"),
            failed: async () => void noted.push("failed"),
          },
          ...{ readAudio: async () => samples, findSpeech, engine: whisper() },
          ...{ clock: systemClock, logger: silentLogger },
        },
        { storyId: "story", signal: never },
      );
    }
    expect(new Set(noted)).toEqual(new Set(["no words"]));
    expect(server.posts).toEqual([]);
  });
});

const cut: Answering = (_, response) => response.socket!.destroy();
const half: Answering = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
  response.write('{"text":"the nurses');
  setTimeout(() => response.socket!.destroy(), 20);
};
const twice: Answering = (_, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end('{"text":"the nurses"}{"text":"the nurses"}');
};
const text =
  (body: string, type = "application/json", status = 200): Answering =>
  (_, response) => {
    response.writeHead(status, { "content-type": type });
    response.end(body);
  };
const status =
  (code: number): Answering =>
  (_, response) =>
    json(response, { error: { message: "the nurses were kind" } }, code);

describe("a server in trouble", () => {
  it.each<[string, Answering, string]>([
    ["too many requests", status(429), "quota"],
    ["a fault of its own", status(500), "stumbled"],
    ["a bad gateway", status(502), "away"],
    ["a pause", status(503), "away"],
    ["a gateway that waited too long", status(504), "stumbled"],
    ["a request that it gave up", status(408), "stumbled"],
    ["no such sound", status(400), "refused"],
    ["too much sound", status(413), "refused"],
    ["a form it does not know", status(422), "refused"],
    ["a wrong key", status(401), "misconfigured"],
    ["no right", status(403), "misconfigured"],
    ["a wrong address", status(404), "misconfigured"],
    ["another address", status(302), "misconfigured"],
    ["a web page", text("<!doctype html><p>the nurses</p>", "text/html; charset=utf-8"), "misconfigured"],
    ["a web page, as a fault", text("<html>", "text/html", 503), "away"],
    ["no JSON", text("the nurses were kind"), "unreadable"],
    ["half of it", text('{"text":"the nurses'), "unreadable"],
    ["no text in it", text('{"words":[]}'), "unreadable"],
    ["null", text("null"), "unreadable"],
    ["nothing", text(""), "unreadable"],
    ["two answers", twice, "unreadable"],
    ["a fault with status 200", text('{"error":"the nurses"}'), "unreadable"],
    ["a broken connection", cut, "stumbled"],
    ["a connection broken in the answer", half, "stumbled"],
    ["more than it may say", text(" ".repeat(9 * 1024 * 1024)), "stumbled"],
  ])("that answers with %s", async (_, answering, kind) => {
    server.answering = answering;
    const thrown = await hear().catch((error) => error);
    expect(thrown).toMatchObject({ name: "SpeechTrouble", kind, code: `speech_${kind}` });
    expect(JSON.stringify([thrown.message, thrown.stack, thrown.cause, thrown.details])).not.toContain(
      "nurses",
    );
    expect(server.posts).toHaveLength(1);
  });

  it.each([
    ["7", 7000],
    ["Fri, 01 May 2026 10:02:00 GMT", 120_000],
    ["soon", null],
    ["-5", null],
  ])("that asks us to come back after %j", async (after, ms) => {
    answers({}, 429, { "retry-after": after, date: "Fri, 01 May 2026 10:00:00 GMT" });
    await expect(hear()).rejects.toMatchObject({ kind: "quota", retryAfterMs: ms });
  });

  it("that answers late is given up in time, and its answer disturbs no other", async () => {
    const lateMs = 10_000;
    server.answering = (post, response, number) =>
      number === 1
        ? void setTimeout(() => words(post, response, number), lateMs).unref()
        : words(post, response, number);
    const began = performance.now();
    const engine = whisper({ timeoutMs: (soundMs) => (soundMs === 4000 ? 200 : 60_000) });
    await expect(engine.transcribe(sound(4000), never)).rejects.toMatchObject({ kind: "stumbled" });
    const givenUpMs = performance.now() - began;
    console.log(`limit 200 ms: given up after ${Math.round(givenUpMs)} ms`);
    expect(givenUpMs).toBeLessThan(lateMs);
    expect((await engine.transcribe(sound(2000), never)).words).toHaveLength(wordsFor(16_000).length);
  });

  it("that is not there is away", async () => {
    await expect(hear({ url: "http://127.0.0.1:1" })).rejects.toMatchObject({ kind: "away" });
    await expect(hear({ url: "http://nowhere.invalid" })).rejects.toMatchObject({ kind: "away" });
  });
});

describe("a server with TLS", () => {
  const file = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
  const tls = { cert: file("localhost.pem"), key: file("localhost-key.pem") };

  it("is trusted by the authority that is named, and by no other", async () => {
    const secure = await startHttpSpeechServer(tls);
    try {
      expect((await hear({ url: secure.url, ca: tls.cert })).text).toContain("nurses");
      const stranger = hear({ url: secure.url });
      await expect(stranger).rejects.toMatchObject({ kind: "misconfigured" });
      await expect(stranger).rejects.toThrow(/HEARBACK_OPENAI_CA/);
      const elsewhere = hear({ url: secure.url.replace("localhost", "127.0.0.1"), ca: tls.cert });
      await expect(elsewhere).rejects.toMatchObject({ kind: "misconfigured" });
      await expect(hear({ url: server.url.replace("http:", "https:") })).rejects.toMatchObject({
        kind: "misconfigured",
      });
    } finally {
      await secure.stop();
    }
  });
});
