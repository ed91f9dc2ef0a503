import type { LineEvent } from "#call/line.ts";
import { type Clock, later } from "#lib/clock.ts";

type Ending = Extract<LineEvent, { kind: "hung-up" | "lost" }>;

/** What somebody leaning on the keypad can make us remember; the flow asks for a dozen keys at most. */
const mostWaiting = 64;

/** A wait that ends so much later than asked for: the process stood still, and what happened meanwhile has not been read. */
const stoodStillMs = 200;
/** What waits at the door then has come in by now. */
const catchUpMs = 100;

/** The events of one line, waiting in their order for whoever holds the call. */
export class EventQueue {
  readonly #clock: Clock;
  #waiting: LineEvent[] = [];
  #wake: (() => void) | null = null;
  #ended = false;
  /** Keys, talk and tones that came faster than they were taken. */
  dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Ends of playbacks, recordings and the call are always kept: somebody waits for them. */
  push(event: LineEvent): void {
    if (this.#ended) return;
    const answersCommand = event.kind === "play-finished" || event.kind === "recording-finished";
    if (this.#waiting.length >= mostWaiting && !answersCommand) {
      this.dropped++;
      return;
    }
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** The last event there will be. */
  end(event: Ending): void {
    if (this.#ended) return;
    this.#waiting.push(event);
    this.#ended = true;
    this.#wake?.();
  }

  /**
   * Null once `untilMs` (clock.monotonicMs) has passed; after the end, at once. One waiter at a time. Where we stood
   * still, what happened by then comes first: whoever has been talking meanwhile is not taken for silent.
   */
  async next(untilMs: number): Promise<LineEvent | null> {
    for (let caughtUp = false; ; ) {
      const event = this.#waiting.shift();
      if (event) return event;
      const leftMs = untilMs - this.#clock.monotonicMs();
      if (this.#ended || (leftMs <= 0 && (caughtUp || leftMs > -stoodStillMs))) return null;
      caughtUp = leftMs <= 0;
      await this.#somethingWithin(caughtUp ? catchUpMs : leftMs);
    }
  }

  #somethingWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let over = () => {};
      const wake = () => {
        this.#wake = null;
        over();
        resolve();
      };
      this.#wake = wake;
      // A timer of more than 24 days fires at once; "no limit" is asked for again and again instead.
      over = later(this.#clock, Math.min(ms, 86_400_000), wake);
    });
  }
}
