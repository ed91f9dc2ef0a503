/**
 * Sound compared in a thread of its own: what was cut off or lost on the way takes seconds of a processor to find, and
 * the thread that carries the calls' sound has 20 ms for each frame.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { ReleaseFiles } from "#release/files.ts";
import { compareSound, type SoundComparison } from "./compare-sound.ts";
import { soundsOf } from "./sounds.ts";
import type { Playback } from "./watched-line.ts";

export interface ComparingThread {
  /** @throws where the thread broke */
  compare(playbacks: readonly Playback[], heard: Uint8Array): Promise<SoundComparison>;
  close(): Promise<void>;
}

interface Asked {
  id: number;
  playbacks: readonly Playback[];
  heard: Uint8Array;
}

export function openComparing(files: ReleaseFiles): ComparingThread {
  const worker = new Worker(new URL(import.meta.url), { workerData: { soundsToCompare: files } });
  const waiting = new Map<number, PromiseWithResolvers<SoundComparison>>();
  let broken: Error | null = null;
  let asked = 0;
  const breakDown = (because: Error) => {
    broken ??= because;
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  };
  worker.on("message", ({ id, compared }: { id: number; compared: SoundComparison }) => {
    waiting.get(id)?.resolve(compared);
    waiting.delete(id);
  });
  worker.once("error", (thrown) => breakDown(thrown as Error));
  worker.once("exit", (status) => breakDown(new Error(`the comparing thread ended with status ${status}`)));
  return {
    compare: (playbacks, heard) => {
      if (broken) return Promise.reject(broken);
      const answer = Promise.withResolvers<SoundComparison>();
      const id = ++asked;
      waiting.set(id, answer);
      worker.postMessage({ id, playbacks, heard } satisfies Asked);
      return answer.promise;
    },
    close: async () => void (await worker.terminate()),
  };
}

if (!isMainThread && workerData?.soundsToCompare) {
  const sounds = soundsOf(workerData.soundsToCompare);
  parentPort?.on("message", ({ id, playbacks, heard }: Asked) =>
    parentPort?.postMessage({ id, compared: compareSound(playbacks, heard, sounds) }),
  );
}
