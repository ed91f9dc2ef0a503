import type { Clock } from "./clock.ts";

const sayAgainEveryMs = 60_000;

/** A trouble that is met again and again: worth a word when it begins or changes, and once a minute while it lasts. */
export class Trouble {
  readonly #clock: Clock;
  #problem: string | null = null;
  #saidMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it is to be said now; it is taken as said then. */
  isNews(problem: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (problem === this.#problem && nowMs - this.#saidMs < sayAgainEveryMs) return false;
    this.#problem = problem;
    this.#saidMs = nowMs;
    return true;
  }

  /** @returns whether there was one */
  isOver(): boolean {
    const was = this.#problem !== null;
    this.#problem = null;
    return was;
  }
}
