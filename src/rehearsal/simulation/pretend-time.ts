import type { Clock } from "#lib/clock.ts";
import { Heap } from "./heap.ts";

interface Timer {
  atMs: number;
  order: number;
  run: (() => void) | null;
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/**
 * Time as a queue of events: months pass as fast as their events can be worked off. It stands still while anything
 * outside (a real database) is still at work, so that nothing is ever too slow.
 */
export class PretendTime {
  nowMs: number;
  readonly #queue = new Heap(before);
  #count = 0;
  #outside = 0;
  #quiet: (() => void) | null = null;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Runs at that moment, after whatever was asked for the same moment before. @returns what calls it off */
  at(atMs: number, run: () => void): () => void {
    this.#count += 1;
    const timer: Timer = { atMs: Math.max(atMs, this.nowMs), order: this.#count, run };
    this.#queue.push(timer);
    return () => {
      timer.run = null;
    };
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.nowMs + ms, run);
  }

  /** Time does not go on before this has come to its end. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    this.#outside += 1;
    try {
      return await work();
    } finally {
      this.#outside -= 1;
      if (this.#outside === 0) this.#quiet?.();
    }
  }

  /** Works off everything up to that moment; what a promise leads to comes before the next event. */
  async runUntil(untilMs: number): Promise<void> {
    await this.#settled();
    for (;;) {
      const next = this.#queue.peek();
      if (!next || next.atMs > untilMs) break;
      this.#queue.pop();
      if (!next.run) continue;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await this.#settled();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  async #settled(): Promise<void> {
    do {
      if (this.#outside > 0)
        await new Promise<void>((resolve) => {
          this.#quiet = resolve;
        });
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#outside > 0);
  }
}

/** One process's view of time: its wall clock may be wrong, and while it is frozen it sees nothing pass. */
export class PretendClock implements Clock {
  readonly #time: PretendTime;
  readonly #startMs: number;
  /** The wall clock minus the truth. */
  offsetMs = 0;
  frozenUntilMs = 0;
  dead = false;
  /** Longer waits than were asked for, where nothing is to be done: see world.ts. */
  stretch: (ms: number) => number = (ms) => ms;

  constructor(time: PretendTime) {
    this.#time = time;
    this.#startMs = time.nowMs;
  }

  now = (): Date => new Date(this.#time.nowMs + this.offsetMs);
  monotonicMs = (): number => this.#time.nowMs - this.#startMs;

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        cancel();
        this.awake(() => reject(signal!.reason));
      };
      const cancel = this.#time.after(this.stretch(ms), () => {
        signal?.removeEventListener("abort", abort);
        this.awake(resolve);
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Now; once it has thawed, if it is frozen; never, if it is dead. */
  awake(run: () => void): void {
    if (this.dead) return;
    if (this.frozenUntilMs <= this.#time.nowMs) run();
    else this.#time.at(this.frozenUntilMs, () => this.awake(run));
  }
}
