/** Fewer calls on a node that cannot keep up, and as many as before once it can: halved and doubled, look by look. */

/** An Asterisk with room answers within some hundredths of a second; one that is late by so much has hundreds waiting. */
const lateMs = 1_000;

export class Easing {
  #most: number | null = null;
  #before = 0;

  /** How many calls it may have just now; null: no fewer than otherwise. */
  get most(): number | null {
    return this.#most;
  }

  /**
   * @param lagMs the longest that an event has waited since the last look; null: none came
   * @param calls there now
   */
  look(lagMs: number | null, calls: number): void {
    if (lagMs !== null && lagMs >= lateMs) {
      if (this.#most === null) this.#before = calls;
      this.#most = Math.max(1, Math.floor(Math.min(this.#most ?? calls, calls) / 2));
    } else if (this.#most !== null) {
      const more = this.#most * 2;
      this.#most = more >= this.#before ? null : more;
    }
  }
}
