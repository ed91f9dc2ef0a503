import { type Clock, later } from "#lib/clock.ts";

/** When we were too busy to look, the answer may lie there unread: it gets a moment more to be seen. */
const readingMs = 50;

/**
 * What `work` gives, or the error `late` makes when it takes longer than `ms`. Nothing that waits for Asterisk may
 * wait for ever: an ari-client operation begun while Asterisk is away, for one, never settles.
 */
export function withDeadline<T>(
  clock: Pick<Clock, "wait">,
  ms: number,
  work: PromiseLike<T>,
  late: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = later(clock, ms, () => {
      over = later(clock, readingMs, () => reject(late()));
    });
    work.then(
      (value) => {
        over();
        resolve(value);
      },
      (thrown) => {
        over();
        reject(thrown);
      },
    );
  });
}
