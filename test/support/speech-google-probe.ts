/** A process of its own for a test: Google's client reads from the environment whether it logs, when it is loaded. */
import grpc from "@grpc/grpc-js";
import { createGoogle } from "#speech/google.ts";
import { startSpeechServer } from "./speech-server.ts";

const server = await startSpeechServer();
const engine = createGoogle({
  ...{ project: "trust", location: "eu", model: "telephony", recogniser: "_", language: "en-GB" },
  ...{ phrases: [], credentials: null },
  client: { apiEndpoint: "127.0.0.1", port: server.port, sslCreds: grpc.credentials.createInsecure() },
});
const { words } = await engine.transcribe(new Int16Array(32_000), new AbortController().signal);
process.stdout.write(`heard ${words.length} words\n`);
await server.stop();
process.exit(0);
