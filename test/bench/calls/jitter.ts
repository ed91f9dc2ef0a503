import type { RtpHead } from "#rehearsal/far-end/rtp-packet.ts";
import { rankOf } from "#rehearsal/quantile.ts";

const samplesPerMs = 8;
const mostMs = 1_000;

/** Of a packet after the one before it, how much later or earlier it came than its timestamp says; counted by the millisecond. */
export class Jitter {
  /** Packets by whole milliseconds, the last one and all beyond together. */
  readonly #counts = new Array<number>(mostMs + 1).fill(0);
  lost = 0;

  /** RFC 3550, 6.4.1: D(i-1, i). A new source, or a talkspurt, begins anew: nothing says when it should have come. */
  note(before: { head: RtpHead; atMs: number }, now: { head: RtpHead; atMs: number }): void {
    if (now.head.source !== before.head.source) return;
    const steps = (now.head.sequence - before.head.sequence) & 0xffff;
    if (steps > 1 && steps < 1_000) this.lost += steps - 1;
    if (now.head.marker || steps === 0 || steps >= 1_000) return;
    const expectedMs = ((now.head.timestamp - before.head.timestamp) | 0) / samplesPerMs;
    const apartMs = Math.abs(now.atMs - before.atMs - expectedMs);
    const at = Math.min(mostMs, Math.floor(apartMs));
    this.#counts[at]! += 1;
  }

  /** Packets by whole milliseconds. */
  get counts(): number[] {
    return [...this.#counts];
  }
}

/** Of counts by the millisecond: the upper end of the millisecond that so many lie below. */
export function quantileOfCounts(counts: readonly number[], share: number): number {
  const rank = rankOf(
    counts.reduce((sum, count) => sum + count, 0),
    share,
  );
  let seen = 0;
  for (const [ms, count] of counts.entries()) {
    seen += count;
    if (seen > rank) return ms + 1;
  }
  return Number.NaN;
}
