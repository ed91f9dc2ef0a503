/**
 * How late the frames of all calls went out: what tells a machine that is too busy for a walk from a flow that is wrong.
 * Times in milliseconds, by the monotonic clock.
 */
export class Punctuality {
  /** Only wakings that were late at all; the oldest go. */
  readonly #late: { atMs: number; lateMs: number }[] = [];

  /** @param lateMs after the moment at which the next frame should have gone out */
  note(atMs: number, lateMs: number): void {
    if (lateMs < noticedMs) return;
    this.#late.push({ atMs, lateMs });
    if (this.#late.length > mostKept) this.#late.splice(0, mostKept / 2);
  }

  /** The worst since then; 0: always in time. */
  worstSince(sinceMs: number): number {
    let worst = 0;
    for (let i = this.#late.length - 1; i >= 0 && this.#late[i]!.atMs >= sinceMs; i -= 1)
      worst = Math.max(worst, this.#late[i]!.lateMs);
    return worst;
  }
}

/** Less is the operating system's own grain. */
const noticedMs = 10;
/** At a waking every 20 ms, the last three minutes and more. */
const mostKept = 20_000;

/** Sound that is so late can make a call go another way; below it, what went wrong has another cause. */
export const tooLateMs = 150;

export const firstPace = 4;
/** Between two looks. */
export const lookEveryMs = 1_000;
const mostAtOnce = 30;
/** Others keep the machine from us for so long now and then, whatever we do; more, and some of it is our own doing. */
const burdenedMs = 400;

/**
 * How many calls at once from now on.
 * @param lateMs the worst since the last look
 */
export function paceAfter(atOnce: number, lateMs: number): number {
  if (lateMs > burdenedMs) return Math.max(1, Math.floor(atOnce / 2));
  return lateMs > tooLateMs ? atOnce : Math.min(mostAtOnce, atOnce + 1);
}
