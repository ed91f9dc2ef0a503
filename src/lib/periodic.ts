import type { Clock } from "./clock.ts";

export interface Periodic {
  /** Does it once now, and again after each `everyMs`; never twice at once. */
  start(): void;
  /** Resolves when a run under way has ended. */
  stop(): Promise<void>;
}

/** Work that is done again and again; a failure is told to `onError` and does not end it. */
export function createPeriodic(
  clock: Clock,
  everyMs: number,
  work: () => Promise<unknown>,
  onError: (thrown: unknown) => void,
): Periodic {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const loop = async () => {
    while (!stopped.signal.aborted) {
      try {
        await work();
      } catch (thrown) {
        onError(thrown);
      }
      await clock.wait(everyMs, stopped.signal).catch(() => {});
    }
  };
  return {
    start: () => {
      running = loop();
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
