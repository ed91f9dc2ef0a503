/**
 * takeIn of a WAV file, in one thread that stays, beside the calls: a prompt of 20 s takes half a second, and Asterisk
 * closes a socket that is not read for one (RELIABILITY.md, finding 4). One file after the other.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { readAnyWav } from "#lib/audio/any-wav.ts";
import { wavLengthMs } from "#lib/audio/wav-length.ts";
import { messageOf } from "#lib/errors.ts";
import { type Refused, refusedAsLong, type TakenSound, takeIn } from "./take-in.ts";

export type TakeInWav = (bytes: Uint8Array, text: string) => Promise<TakenSound | Refused>;

interface Order {
  bytes: Uint8Array;
  text: string;
}

/** How the thread knows itself: other modules have threads too. */
const mark = "takes sounds in";
let thread: Worker | null = null;
let last: Promise<unknown> = Promise.resolve();

/**
 * Rejects only where no thread can be had. What is too long by its heading is refused before anybody waits for it.
 * @param text the words that it is to say
 */
export const takeInBeside: TakeInWav = (bytes, text) => {
  const tooLong = refusedAsLong((wavLengthMs(bytes) ?? 0) / 1000);
  if (tooLong) return Promise.resolve(tooLong);
  const taken = last.then(() => inThread({ bytes, text }));
  last = taken.catch(() => {});
  return taken;
};

function inThread(order: Order): Promise<TakenSound | Refused> {
  thread ??= new Worker(new URL(import.meta.url), { workerData: mark });
  const worker = thread;
  return new Promise((resolve, reject) => {
    const over = (settle: () => void) => {
      worker.off("message", answered).off("error", broke).off("exit", ended);
      worker.unref();
      settle();
    };
    const lost = (why: Error) => {
      thread = null;
      over(() => reject(why));
    };
    const answered = (taken: TakenSound | Refused) => over(() => resolve(taken));
    const broke = (thrown: unknown) => lost(new Error(`a sound broke its thread: ${messageOf(thrown)}`));
    const ended = (code: number) => lost(new Error(`the thread of sounds ended with status ${code}`));
    worker.on("message", answered).on("error", broke).on("exit", ended);
    // A process waits for an answer, and not for a thread with nothing to do.
    worker.ref();
    worker.postMessage(order);
  });
}

/** The same, here and now. */
export function takeInWav({ bytes, text }: Order): TakenSound | Refused {
  try {
    return takeIn(readAnyWav(bytes), text);
  } catch (thrown) {
    const instead = "save it as WAV, or use hearback prompts import, which takes other formats";
    return {
      kind: "refused",
      faults: [{ rule: "sound-format", level: "fault", what: messageOf(thrown), instead }],
    };
  }
}

if (!isMainThread && workerData === mark)
  parentPort?.on("message", (order: Order) => parentPort?.postMessage(takeInWav(order)));
