/**
 * findSpeech in a thread beside. A story of three minutes takes about a second, and Asterisk closes a socket that is not
 * read for that long (RELIABILITY.md, finding 4). The thread stays: to start one takes longer than to look at a story.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { messageOf } from "#lib/errors.ts";
import { findSpeech, type SpeechSegment } from "./voice-activity.ts";

interface Asked {
  id: number;
  findSpeechIn: Int16Array;
}
type Answered = { id: number } & ({ found: SpeechSegment[] } | { fault: string });

interface Thread {
  worker: Worker;
  waiting: Map<number, PromiseWithResolvers<SpeechSegment[]>>;
}

let thread: Thread | null = null;
let asked = 0;

/** As findSpeech; rejects where it throws, and where no thread can be had or it ended. */
export function findSpeechInThread(samples: Int16Array): Promise<SpeechSegment[]> {
  thread ??= startThread();
  const { worker, waiting } = thread;
  const id = ++asked;
  const answer = Promise.withResolvers<SpeechSegment[]>();
  waiting.set(id, answer);
  // Idle, it keeps no process from ending.
  worker.ref();
  worker.postMessage({ id, findSpeechIn: samples } satisfies Asked);
  return answer.promise;
}

function startThread(): Thread {
  const worker = new Worker(new URL(import.meta.url), { workerData: { findsSpeech: true } });
  const started: Thread = { worker, waiting: new Map() };
  worker.on("message", (answered: Answered) => {
    const answer = started.waiting.get(answered.id);
    started.waiting.delete(answered.id);
    if (started.waiting.size === 0) worker.unref();
    if ("found" in answered) answer?.resolve(answered.found);
    else answer?.reject(new Error(`no speech could be looked for: ${answered.fault}`));
  });
  const ended = (why: Error) => {
    if (thread === started) thread = null;
    for (const answer of started.waiting.values()) answer.reject(why);
    started.waiting.clear();
  };
  worker.once("error", ended);
  worker.once("exit", (code) => ended(new Error(`the voice activity thread ended with status ${code}`)));
  return started;
}

if (!isMainThread && workerData?.findsSpeech)
  parentPort?.on("message", ({ id, findSpeechIn }: Asked) => {
    parentPort?.postMessage(answerTo(id, findSpeechIn));
  });

function answerTo(id: number, samples: Int16Array): Answered {
  try {
    return { id, found: findSpeech(samples) };
  } catch (thrown) {
    return { id, fault: messageOf(thrown) };
  }
}
