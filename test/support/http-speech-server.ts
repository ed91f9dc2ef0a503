/** A server with OpenAI's `/v1/audio/transcriptions`, over real HTTP, that answers and fails as told. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { readWav } from "#lib/audio/wav.ts";
import { wordsFor } from "./speech-server.ts";

export interface HeardPost {
  path: string;
  authorization: string | undefined;
  fields: Record<string, string[]>;
  samples: Int16Array;
}

/** Writes the answer; words unless told otherwise. */
export type Answering = (post: HeardPost, response: ServerResponse, number: number) => void;

export interface HttpSpeechServer {
  url: string;
  posts: HeardPost[];
  answering: Answering;
  stop(): Promise<void>;
}

export const json = (response: ServerResponse, answer: unknown, status = 200, headers = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(answer));
};

/** As OpenAI has it: words beside the segments, without a probability. */
export const words: Answering = ({ samples, fields }, response) => {
  const heard = wordsFor(samples.length);
  const text = heard.map(({ word }) => word).join(" ");
  if (fields.response_format?.[0] === "json") return json(response, { text });
  const end = samples.length / 8000;
  json(response, {
    ...{ task: "transcribe", language: "english", duration: end, text },
    words: heard.map(({ word, fromMs, toMs }) => ({ word, start: fromMs / 1000, end: toMs / 1000 })),
    segments: [{ id: 0, start: 0, end, text: ` ${text}`, avg_logprob: -0.2, no_speech_prob: 0.01 }],
  });
};

/** @param tls a certificate and its key, as PEM text */
export async function startHttpSpeechServer(tls?: { cert: string; key: string }): Promise<HttpSpeechServer> {
  const sockets = new Set<Socket>();
  const state: HttpSpeechServer = { url: "", posts: [], answering: words, stop: async () => {} };
  const listener: RequestListener = (request, response) => {
    readPost(request).then(
      (post) => state.answering(post, response, state.posts.push(post)),
      () => json(response, { error: { message: "no such form" } }, 400),
    );
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `${tls ? "https" : "http"}://localhost:${(server.address() as AddressInfo).port}`;
  state.stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return state;
}

async function readPost(request: IncomingMessage): Promise<HeardPost> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const type = request.headers["content-type"] ?? "";
  const form = await new Response(Buffer.concat(pieces), { headers: { "content-type": type } }).formData();
  const fields: Record<string, string[]> = {};
  for (const [name, value] of form) {
    if (typeof value === "string") fields[name] = [...(fields[name] ?? []), value];
  }
  const wav = readWav(new Uint8Array(await (form.get("file") as File).arrayBuffer()));
  if (wav.sampleRate !== 8000) throw new Error("not telephone sound");
  const { authorization } = request.headers;
  return { path: request.url ?? "", authorization, fields, samples: wav.samples };
}
