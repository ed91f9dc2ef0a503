import { setTimeout as sleep } from "node:timers/promises";

/** Time as an argument, so that tests move it and nothing else in the house reads the wall clock. */
export interface Clock {
  now(): Date;
  /** Milliseconds that only ever go forward; for measuring, never for dates. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}).then(() => undefined),
};
