/**
 * How late Asterisk's events come: the time that they waited in the task processor that sends them to us. Its queue cannot
 * be looked at with the rights that our AMI user has (only `Command`, which may do anything, shows task processors), but
 * what waits in it comes late by so much.
 */

/** The two clocks may differ, and drift: the smallest delay of late is taken for none. */
const windowMs = 5 * 60_000;

export class EventLag {
  /** The smallest delays of this window and of the one before. */
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #windowEndsMs = 0;
  #worst: number | null = null;

  /** @param sentMs when it happened, by Asterisk's clock; `nowMs`: by ours */
  take(sentMs: number, nowMs: number): void {
    if (nowMs >= this.#windowEndsMs) {
      this.#leastBefore = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#windowEndsMs = nowMs + windowMs;
    }
    const delay = nowMs - sentMs;
    this.#least = Math.min(this.#least, delay);
    this.#worst = Math.max(this.#worst ?? delay, delay);
  }

  /** The longest wait since this was last asked, in milliseconds; null where no event came. */
  worstMs(): number | null {
    const worst = this.#worst;
    this.#worst = null;
    return worst === null ? null : worst - Math.min(this.#least, this.#leastBefore);
  }
}
