/** Finds what a crash left in Asterisk's spool: stories nobody kept, and files whose story is safe. */
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { RecordingSpool, StoryRows } from "./ports.ts";

export interface Sweep {
  spool: Pick<RecordingSpool, "list" | "remove">;
  rows: Pick<StoryRows, "callsWithUnkeptParts">;
  /** Queues, or does, the job keep-story. */
  keepStories: (callId: string) => Promise<void>;
  logger: Logger;
}

/** One call's trouble does not keep the others waiting. What is not known to the database is reported, never removed. */
export async function sweepOnce({ spool, rows, keepStories, logger }: Sweep): Promise<void> {
  const names = await spool.list();
  if (names.length === 0) return;
  const { callIds, unknownNames, settledNames } = await rows.callsWithUnkeptParts(names);
  if (unknownNames.length > 0)
    logger.warn({ recordings: unknownNames }, "unknown recordings lie in Asterisk's spool");
  for (const callId of callIds) {
    await keepStories(callId).catch((thrown: unknown) => {
      logger.error(
        { callId, error: messageOf(thrown) },
        "a call's stories could not be kept; again in a minute",
      );
    });
  }
  for (const name of settledNames) await spool.remove(name);
}
