import { type Clock, inTime } from "#lib/clock.ts";

/** When we were too busy to look, the answer may lie there unread: it gets a moment more to be seen. */
const readingMs = 50;

/**
 * What `work` gives, or the error `late` makes when it takes longer than `ms`. Nothing that waits for Asterisk may
 * wait for ever: an ari-client operation begun while Asterisk is away, for one, never settles.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  work: PromiseLike<T>,
  late: () => Error,
): Promise<T> {
  const settled = new AbortController();
  const tooLate = clock
    .wait(ms, settled.signal)
    .then(() => clock.wait(readingMs, settled.signal))
    .then(() => {
      throw late();
    });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    settled.abort(inTime);
  }
}
