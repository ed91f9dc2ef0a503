/** So long after its last digit a # belongs to the number that was keyed, which needed none. */
const endOfNumberMs = 3_000;

/**
 * Which presses count. Old fingers press twice and telephones repeat themselves, while practised callers type ahead:
 * - the same key again within `sameKeyWithinMs`, or before the next question has begun to play, is dropped;
 * - a different key pressed early waits for the next question;
 * - a # behind a number that was taken at its last digit is no answer to what follows.
 * (issue 2; RELIABILITY.md F8, F9)
 */
export class KeyBuffer {
  readonly #sameKeyWithinMs: number;
  #last: { digit: string; atMs: number } | null = null;
  #questionBegan = true;
  #waiting: string[] = [];
  #numberAtMs: number | null = null;

  constructor(sameKeyWithinMs: number) {
    this.#sameKeyWithinMs = sameKeyWithinMs;
  }

  /** True when the press counts; it then waits in the buffer until taken. */
  press(digit: string, atMs: number): boolean {
    const sinceNumberMs = atMs - (this.#numberAtMs ?? Number.NEGATIVE_INFINITY);
    this.#numberAtMs = null;
    if (digit === "#" && sinceNumberMs < endOfNumberMs) return false;
    const last = this.#last;
    const slip = last?.digit === digit && (!this.#questionBegan || atMs - last.atMs < this.#sameKeyWithinMs);
    if (slip) {
      // A key held or hammered: every press pushes the time from which it may count again.
      this.#last = { digit, atMs };
      return false;
    }
    this.#last = { digit, atMs };
    this.#waiting.push(digit);
    return true;
  }

  /** The oldest press not yet taken. From here on the same key counts only once the next question has begun. */
  take(): string | undefined {
    const digit = this.#waiting.shift();
    if (digit !== undefined) this.#questionBegan = false;
    return digit;
  }

  get hasKey(): boolean {
    return this.#waiting.length > 0;
  }

  /** The oldest press not yet taken, left where it is. */
  get waiting(): string | undefined {
    return this.#waiting[0];
  }

  /** A question's first word has gone out. */
  questionBegan(): void {
    this.#questionBegan = true;
  }

  /** A number has as many digits as it takes, the last of them pressed just now. */
  numberTaken(atMs: number): void {
    this.#numberAtMs = atMs;
  }

  /** Presses made ahead of a question that they cannot answer are forgotten. */
  clear(): void {
    this.#waiting = [];
  }
}
