/**
 * findSpeech in a thread of its own. A story of three minutes takes about a second, and Asterisk closes a socket that
 * is not read for that long (RELIABILITY.md, finding 4).
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { findSpeech, type SpeechSegment } from "./voice-activity.ts";

/** As findSpeech; rejects only where no thread can be had. */
export function findSpeechInThread(samples: Int16Array): Promise<SpeechSegment[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { findSpeechIn: samples } });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the voice activity thread ended with status ${code}`)));
  });
}

if (!isMainThread && workerData?.findSpeechIn) parentPort?.postMessage(findSpeech(workerData.findSpeechIn));
