import type { Clock } from "#lib/clock.ts";
import { systemClock } from "#lib/clock.ts";

export const frameMs = 20;

interface Waiter {
  atMs: number;
  act(): void;
}

/**
 * Time as the calls of a walk have it: it goes on by 20 ms when a frame of every call is out, and stands still while a
 * busy machine keeps us from sending. So a caller who thinks for two seconds has said two seconds of silence by then, and
 * whoever listens for an answer has listened as long.
 */
export class FrameClock implements Clock {
  #frames = 0;
  readonly #waiters = new Set<Waiter>();

  now = () => systemClock.now();
  monotonicMs = () => this.#frames * frameMs;

  /** All frames of 20 ms are out. */
  tick(): void {
    this.#frames += 1;
    const nowMs = this.monotonicMs();
    for (const waiter of [...this.#waiters]) {
      if (waiter.atMs > nowMs || !this.#waiters.delete(waiter)) continue;
      waiter.act();
    }
  }

  /** Acts with the frame that is then sent, and not some time after it. @returns what takes it back */
  after(ms: number, act: () => void): () => void {
    const waiter = { atMs: this.monotonicMs() + ms, act };
    this.#waiters.add(waiter);
    return () => void this.#waiters.delete(waiter);
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const givenUp = () => {
        takeBack();
        reject(signal?.reason);
      };
      const takeBack = this.after(ms, () => {
        signal?.removeEventListener("abort", givenUp);
        resolve();
      });
      signal?.addEventListener("abort", givenUp, { once: true });
    });
  }
}
