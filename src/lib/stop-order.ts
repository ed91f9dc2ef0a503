import type { Clock } from "./clock.ts";

export interface StopOrderParts {
  clock: Clock;
  /** A part that threw while it was stopped, or that did not end in its time. */
  onFault(what: string, thrown: unknown): void;
}

export interface StopOrder {
  /** `what` was begun, and ends by `stop`, for which it has `withinMs`. */
  add(what: string, stop: () => unknown, withinMs?: number): void;
  /** The same, but stopped before all others: what the next process needs while ours still comes to its end. */
  addFirst(what: string, stop: () => unknown): void;
  /**
   * Stops all, the last begun first. One that fails or hangs is told to `onFault`, and does not keep the others up.
   * @param onWaiting told what is waited for, where that takes longer than half a second
   */
  stopAll(onWaiting: (what: string) => void): Promise<void>;
}

interface Begun {
  what: string;
  stop: () => unknown;
  withinMs: number;
}

const usualMs = 15_000;
const slowMs = 500;

/** Remembers what was begun, to stop it in the opposite order. */
export function createStopOrder({ clock, onFault }: StopOrderParts): StopOrder {
  const begun: Begun[] = [];
  const first: Begun[] = [];
  return {
    add: (what, stop, withinMs = usualMs) => void begun.push({ what, stop, withinMs }),
    addFirst: (what, stop) => void first.push({ what, stop, withinMs: usualMs }),
    stopAll: async (onWaiting) => {
      begun.push(...first.splice(0));
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
