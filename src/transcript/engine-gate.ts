/** Stands before a speech engine: while it is in trouble, one story at a time tries, after pauses that grow. */
import type { Clock } from "#lib/clock.ts";
import { pauseAfter, type SpeechTrouble } from "./speech-trouble.ts";

export interface EngineGate {
  /** Resolves when a story may be shown to the engine, perhaps much later; rejects when aborted. */
  enter(signal: AbortSignal): Promise<GateVisit>;
}

/** Exactly one of the three must be called, once. */
export interface GateVisit {
  /** The engine answers stories: what goes wrong now may be this one's fault. */
  readonly healthy: boolean;
  answered(): void;
  /** The engine was not asked after all. */
  left(): void;
  /** @returns how long the engine is left alone, in ms */
  troubled(trouble: SpeechTrouble): number;
}

interface Closed {
  reopensAtMs: number;
  pauseMs: number;
  /** Settled when the one story that tries has come back. */
  trying: PromiseWithResolvers<void> | null;
}

export function createEngineGate(clock: Clock): EngineGate {
  let closed: Closed | null = null;
  let hasAnswered = false;

  const close = (trouble: SpeechTrouble, lastMs: number): number => {
    const pauseMs = pauseAfter(trouble, lastMs);
    closed = { reopensAtMs: clock.monotonicMs() + pauseMs, pauseMs, trying: null };
    return pauseMs;
  };

  const pass: () => GateVisit = () => ({
    healthy: hasAnswered,
    answered: () => {
      hasAnswered = true;
    },
    left: () => {},
    // Another story that was inside at the same time may have closed it: that is one trouble, not two.
    troubled: (trouble) => (closed ? closed.pauseMs : close(trouble, 0)),
  });

  const attempt = (gate: Closed, trying: PromiseWithResolvers<void>): GateVisit => {
    const end = () => {
      gate.trying = null;
      trying.resolve();
    };
    return {
      healthy: false,
      answered: () => {
        [closed, hasAnswered] = [null, true];
        end();
      },
      left: end,
      troubled: (trouble) => {
        const pauseMs = close(trouble, gate.pauseMs);
        end();
        return pauseMs;
      },
    };
  };

  return {
    enter: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        if (closed === null) return pass();
        const leftMs = closed.reopensAtMs - clock.monotonicMs();
        if (leftMs > 0) await clock.wait(leftMs, signal);
        else if (closed.trying) await orAborted(closed.trying.promise, signal);
        else {
          closed.trying = Promise.withResolvers<void>();
          return attempt(closed, closed.trying);
        }
      }
    },
  };
}

async function orAborted(event: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([event, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
