import type { Clock } from "#lib/clock.ts";

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
  const tooLate = clock.wait(ms, settled.signal).then(() => {
    throw late();
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    settled.abort();
  }
}
