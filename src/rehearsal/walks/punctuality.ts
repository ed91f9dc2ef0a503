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

export interface Pace {
  /** Calls at once. */
  atOnce: number;
  /** Looks in a row at which all was in time. */
  punctual: number;
}

export const firstPace: Pace = { atOnce: 4, punctual: 0 };
/** Between two looks. */
export const lookEveryMs = 1_000;
const mostAtOnce = 10;
const looksBeforeMore = 2;

/** @param lateMs the worst since the last look */
export function paceAfter({ atOnce, punctual }: Pace, lateMs: number): Pace {
  if (lateMs > tooLateMs) return { atOnce: Math.max(1, Math.floor(atOnce / 2)), punctual: 0 };
  if (lateMs > tooLateMs / 3) return { atOnce, punctual: 0 };
  if (punctual + 1 < looksBeforeMore) return { atOnce, punctual: punctual + 1 };
  return { atOnce: Math.min(mostAtOnce, atOnce + 1), punctual: 0 };
}
