/** Time as an argument, so that tests move it and nothing else in the house reads the wall clock. */
export interface Clock {
  now(): Date;
  /** Milliseconds that only ever go forward; for measuring, never for dates. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Why a wait is over that nobody needs any more: what came was in time. One for all of them, because nobody reads it:
 * made anew, with its stack, it was a quarter of what a deadline costs, and each event of a call ends a wait.
 */
export const inTime = new Error("It came in time.");

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    }),
};

/**
 * Does `act` after `ms`, unless what is returned is called before. For deadlines, which are nearly always met: to end a
 * wait by its signal takes a controller, a listener and three promises more, and each event of a call ends one.
 */
export function later(clock: Pick<Clock, "wait">, ms: number, act: () => void): () => void {
  if (clock.wait === systemClock.wait) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  }
  const over = new AbortController();
  clock.wait(ms, over.signal).then(act, () => {});
  return () => over.abort(inTime);
}
