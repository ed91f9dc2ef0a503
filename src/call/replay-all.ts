import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { AnswerSpool, CallWrite, Replay, Spooled } from "./spool.ts";

/**
 * Writes each to the database, in their order, and sees that it is there. One that is refused is told and does not stop
 * the rest; any other trouble is thrown, and all may be done again.
 * @param of whose they are; our own, where nothing is said
 */
export async function replayAll(
  { replay, logger }: { replay: Replay; logger: Logger },
  writes: readonly Spooled[],
  of?: string,
): Promise<{ refused: number }> {
  let refused = 0;
  for (const spooled of writes) {
    const { id, write } = spooled;
    try {
      await replay.take(spooled, of);
      if (await replay.holds(write, of)) continue;
      logger.error(
        { spooled: id, kind: write.kind },
        "what was spooled is not in the database after its replay",
      );
    } catch (thrown) {
      if (!replay.isRefusal(thrown)) throw thrown;
      logger.error(
        { spooled: id, kind: write.kind, problem: messageOf(thrown) },
        "the database refuses what was spooled",
      );
    }
    refused += 1;
  }
  return { refused };
}

export interface LeftBehindParts {
  spool: Pick<AnswerSpool, "leftBehind">;
  replay: Replay;
  isGone(owner: string): Promise<boolean>;
  /** Attempts whose calls were cut off: what was settled without these answers is settled again. */
  settleAgain(attemptIds: string[]): Promise<void>;
  logger: Logger;
}

/** Spools of processes that are no more, into the database; @returns how many writes that were */
export async function replayLeftBehind(parts: LeftBehindParts): Promise<number> {
  const { spool, isGone, settleAgain, logger } = parts;
  let count = 0;
  // What came late by other ways: out of its own process's spool, or before whoever had the call then ended it.
  await settleAgain([]);
  for (const left of await spool.leftBehind(isGone)) {
    const { refused } = await replayAll(parts, left.writes, left.owner);
    await settleAgain(cutOff(left.writes.map(({ write }) => write)));
    await left.clear({ refused: refused > 0 });
    count += left.writes.length;
    logger.warn(
      { of: left.owner, writes: left.writes.length },
      "what a crash left in the spool was replayed",
    );
  }
  return count;
}

/** Calls that the spool shows going on and does not show ended. A call has its attempt's id. */
function cutOff(writes: CallWrite[]): string[] {
  const ended = new Set(writes.flatMap((write) => (write.kind === "attempt-end" ? [write.attempt.id] : [])));
  const seen = writes.flatMap((write) => {
    if (write.kind === "begin") return [write.call.id];
    return write.kind === "keep" ? [write.step.callId] : [];
  });
  return [...new Set(seen)].filter((id) => !ended.has(id));
}
