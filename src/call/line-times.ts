import type { CallTimes } from "./ports.ts";

/** Answered, and nothing heard for so long: a silent call (Ofcom's persistent-misuse statement: a message within 2 s). */
const silentAfterMs = 2_000;

/** Follows one call's sounds, for measuring how quickly a person is served. Times: clock.monotonicMs. */
export class LineTimes {
  readonly #told: CallTimes;
  readonly #attemptId: string;
  readonly #answeredAt: number;
  #heard = false;
  #silent = false;
  #keyAt: number | null = null;
  #followsKey: string | null = null;

  constructor(told: CallTimes, attemptId: string, nowMs: number) {
    this.#told = told;
    this.#attemptId = attemptId;
    this.#answeredAt = nowMs;
  }

  /** They heard nothing of us within two seconds of answering, or, once `ended`, not at all. */
  get silent(): boolean {
    return this.#silent;
  }

  /** A key that counted: the next that is played follows it. */
  keyTaken(nowMs: number): void {
    this.#keyAt = nowMs;
    this.#followsKey = null;
  }

  playing(id: string): void {
    if (this.#keyAt !== null) this.#followsKey ??= id;
  }

  began(id: string, nowMs: number): void {
    if (!this.#heard) this.#firstAudio(nowMs);
    if (this.#keyAt === null || id !== this.#followsKey) return;
    this.#told.keyToPrompt(nowMs - this.#keyAt);
    this.#keyAt = null;
  }

  /**
   * Whoever hung up at once was not left in silence; whoever we cut off before a word was.
   * @param ours the call broke by no wish of theirs
   */
  ended(nowMs: number, { ours = false } = {}): void {
    if (!this.#heard && (ours || nowMs - this.#answeredAt > silentAfterMs)) this.#tellSilent();
  }

  #tellSilent(): void {
    this.#silent = true;
    this.#told.silent(this.#attemptId);
  }

  #firstAudio(nowMs: number): void {
    this.#heard = true;
    const afterMs = nowMs - this.#answeredAt;
    this.#told.firstAudio(afterMs);
    if (afterMs > silentAfterMs) this.#tellSilent();
  }
}
