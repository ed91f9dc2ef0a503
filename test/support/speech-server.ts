/** Google's speech service as far as we use it, by its own protos over real gRPC, and failing as told. */
import { createRequire } from "node:module";
import { connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { decodeALaw } from "#lib/audio/g711.ts";

const require = createRequire(import.meta.url);
const speech = require.resolve("@google-cloud/speech");
const gax = createRequire(speech).resolve("google-gax");

export interface RecognizeRequest {
  recognizer: string;
  config: Record<string, unknown>;
  content: Buffer;
}

export interface HeardCall {
  request: RecognizeRequest;
  metadata: Record<string, unknown>;
  /** How long the client waits, in ms. */
  deadlineMs: number;
}

/** What becomes of one call. */
export type Fate =
  /** Words, as many as the sound is long. */
  | { kind: "words"; afterMs?: number }
  | { kind: "answer"; answer: object; afterMs?: number }
  | { kind: "status"; code: number; details?: string; metadata?: grpc.Metadata }
  /** The answer comes, and comes again. */
  | { kind: "twice" }
  /** The call ends well, with no answer in it. */
  | { kind: "nothing" }
  | { kind: "silence" }
  /** The connection breaks while the call is under way. */
  | { kind: "cut" };

export interface SpeechServer {
  port: number;
  calls: HeardCall[];
  /** For each call, counted from 1; words unless told otherwise. */
  fate: (call: HeardCall, number: number) => Fate;
  stop(): Promise<void>;
}

const SAID = "the nurses were very kind after my operation and the ward was clean".split(" ");
/** A word takes 400 ms. */
export const wordsFor = (samples: number) =>
  Array.from({ length: Math.floor(samples / 3200) }, (_, i) => ({
    word: SAID[i % SAID.length]!,
    fromMs: i * 400 + 100,
    toMs: i * 400 + 400,
  }));

const duration = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 });

function answerTo({ content }: RecognizeRequest): object {
  const words = wordsFor(decodeALaw(content).length);
  if (words.length === 0) return { results: [] };
  const offsets = words.map(({ word, fromMs, toMs }) => ({
    word,
    startOffset: duration(fromMs),
    endOffset: duration(toMs),
    confidence: 0.75,
  }));
  const transcript = words.map(({ word }) => word).join(" ");
  return { results: [{ alternatives: [{ transcript, confidence: 0.75, words: offsets }] }] };
}

/** Answers as a stream, so that it can answer twice or not at all, which a well-behaved server cannot. */
function speechService(): grpc.ServiceDefinition {
  const includeDirs = [join(dirname(speech), "../protos"), join(dirname(gax), "../protos")];
  const definition = loadSync("google/cloud/speech/v2/cloud_speech.proto", {
    includeDirs,
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const { Recognize } = definition["google.cloud.speech.v2.Speech"] as grpc.ServiceDefinition;
  return { Recognize: { ...Recognize!, responseStream: true } };
}

type Call = grpc.ServerWritableStream<RecognizeRequest, object>;

/** On a port of its own; behind a relay whose connections can be cut. */
export async function startSpeechServer(): Promise<SpeechServer> {
  const server = new grpc.Server();
  const sockets = new Set<Socket>();
  const state: SpeechServer = { port: 0, calls: [], fate: () => ({ kind: "words" }), stop: async () => {} };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const recognise = (call: Call) => {
    const heard: HeardCall = {
      request: call.request,
      metadata: call.metadata.getMap(),
      deadlineMs: Number(call.getDeadline()) - Date.now(),
    };
    const number = state.calls.push(heard);
    const fate = state.fate(heard, number);
    if (fate.kind === "cut") cut();
    else answer(fate, call);
  };
  server.addService(speechService(), { Recognize: recognise });
  const inner = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  const relay = await startRelay(inner, sockets);
  state.port = (relay.address() as { port: number }).port;
  state.stop = async () => {
    server.forceShutdown();
    cut();
    await new Promise((resolve) => relay.close(resolve));
  };
  return state;
}

function answer(fate: Exclude<Fate, { kind: "cut" }>, call: Call): void {
  if (fate.kind === "silence") return;
  if (fate.kind === "status") {
    const { code, details = "as told", metadata } = fate;
    call.emit("error", { code, details, ...(metadata ? { metadata } : {}) });
    return;
  }
  const whole = fate.kind === "answer" ? fate.answer : answerTo(call.request);
  const times = fate.kind === "twice" ? 2 : fate.kind === "nothing" ? 0 : 1;
  setTimeout(
    () => {
      for (let time = 0; time < times; time++) call.write(whole);
      call.end();
    },
    "afterMs" in fate ? fate.afterMs : 0,
  );
}

async function startRelay(inner: number, sockets: Set<Socket>): Promise<NetServer> {
  const relay = createServer((outside) => {
    const inside = connect(inner, "127.0.0.1");
    for (const socket of [outside, inside]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        outside.destroy();
        inside.destroy();
      });
    }
    outside.pipe(inside).pipe(outside);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  return relay;
}
