import type { Clock } from "./clock.ts";

export interface StopOrderParts {
  clock: Clock;
  /** A part that threw while it was stopped, or that did not end in its time. */
  onFault(what: string, thrown: unknown): void;
}

export interface StopOrder {
  /** `what` was begun, and ends by `stop`, for which it has `withinMs`. */
  add(what: string, stop: () => unknown, withinMs?: number): void;
  /**
   * Stops all, the last begun first. One that fails or hangs is told to `onFault`, and does not keep the others up.
   * @param onWaiting told what is waited for, where that takes longer than half a second
   */
  stopAll(onWaiting: (what: string) => void): Promise<void>;
}

const usualMs = 15_000;
const slowMs = 500;

/** Remembers what was begun, to stop it in the opposite order. */
export function createStopOrder({ clock, onFault }: StopOrderParts): StopOrder {
  const begun: { what: string; stop: () => unknown; withinMs: number }[] = [];
  return {
    add: (what, stop, withinMs = usualMs) => void begun.push({ what, stop, withinMs }),
    stopAll: async (onWaiting) => {
      for (let last = begun.pop(); last; last = begun.pop()) {
        const { what, stop, withinMs } = last;
        const ended = new AbortController();
        const after = (ms: number) => clock.wait(ms, ended.signal);
        after(slowMs).then(() => onWaiting(what), ignore);
        const late = after(withinMs).then(() => {
          throw new Error(`it did not end within ${withinMs} ms`);
        });
        late.catch(ignore);
        // Inside a promise, so that what throws at once is a failure like others.
        const stopped = Promise.resolve().then(stop);
        await Promise.race([stopped, late]).catch((thrown) => onFault(what, thrown));
        ended.abort();
      }
    },
  };
}

const ignore = () => {};
