/**
 * CMU PocketSphinx 5.1.1 with its American English model, as a program of its own. Rough: it hears the rehearsal's
 * synthesised voices, not British callers (DEPENDENCIES.md 4.2), and every place that shows its words says so.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setPriority } from "node:os";
import { resample, toFloat, toInt16 } from "#lib/audio/resample.ts";
import { AppError } from "#lib/errors.ts";
import type { SpeechEngine, Transcription } from "#transcript/ports.ts";
import { readOutput } from "./pocketsphinx-output.ts";

export interface PocketsphinxOptions {
  program: string;
  model: { hmm: string; lm: string; dict: string };
  /** Programs at a time; the rest wait. */
  concurrency?: number | undefined;
}

const RATE = 16_000; // the model's
const SHORTEST = 800; // samples, 100 ms: shorter than any word; the program fails where it has no frame at all
const NICENESS = 15; // live calls come first
/**
 * Measured on 12 stories of the voice `rms`, 81 s, two busy cores: as it comes 0.44 s of work a second at 8.1 % word
 * errors; with these 0.21 s at 5.2 %. Narrower beams are faster and much worse (0.12 s, 55 %).
 */
const FASTER = ["-pl_window", "10", "-topn", "3", "-maxhmmpf", "3000"];

/** Errors: `speech_engine_missing` (cannot be started), `speech_engine_failed`, `speech_output_unreadable`. */
export function createPocketsphinx({ program, model, concurrency = 1 }: PocketsphinxOptions): SpeechEngine {
  const args = ["-loglevel", "FATAL", "-hmm", model.hmm, "-lm", model.lm, "-dict", model.dict, ...FASTER];
  const turns = takeTurns(concurrency);
  return {
    name: "pocketsphinx",
    model: "en-us 5.1.1",
    rough: true,
    transcribe: async (samples, signal) => {
      signal.throwIfAborted();
      if (samples.length < SHORTEST) return { text: "", words: [], confidence: null };
      return turns(() => hear(program, [...args, "single", "-"], samples, signal), signal);
    },
  };
}

/** The sound goes in by a pipe: a patient's voice never lies about in a temporary file. */
async function hear(
  program: string,
  args: string[],
  samples: Int16Array,
  signal: AbortSignal,
): Promise<Transcription> {
  const wide = toInt16(resample(toFloat(samples), 8000, RATE));
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], signal, killSignal: "SIGKILL" });
  const ended = endOf(child);
  child.stdin.on("error", () => undefined); // it died before it had read all; its status tells
  child.stdin.end(Buffer.from(wide.buffer, wide.byteOffset, wide.byteLength));
  const output: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => output.push(bytes));
  await ended;
  signal.throwIfAborted();
  return readOutput(Buffer.concat(output).toString("utf8"));
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined) setPriority(child.pid, NICENESS);
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      if (cause.name === "AbortError") reject(cause);
      else reject(new AppError("speech_engine_missing", "pocketsphinx cannot be started", {}, { cause }));
    });
    child.once("close", (status, signal) => {
      if (status === 0) resolve();
      else
        reject(
          new AppError("speech_engine_failed", `pocketsphinx ended with ${signal ?? `status ${status}`}`),
        );
    });
  });
}

/** Lets so many through at once, in the order they came; whoever is aborted while waiting leaves the queue. */
function takeTurns(concurrency: number) {
  let free = concurrency;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    if (free > 0) free--;
    else await turn(waiting, signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

function turn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const go = () => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = () => {
      waiting.splice(waiting.indexOf(go), 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    waiting.push(go);
  });
}
