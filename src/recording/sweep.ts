/** Finds what a crash left in Asterisk's spool: stories nobody kept, and files whose story is safe. */
import type { Clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { RecordingSpool } from "./ports.ts";

const EVERY_MS = 60_000;

export interface SweptNames {
  /** Calls that are over, whose parts still lie in Asterisk, and for which no job is queued. */
  callIds: string[];
  unknownNames: string[];
  /** The story is stored, or was discarded for good: these files may go. */
  settledNames: string[];
}

export interface Sweep {
  spool: Pick<RecordingSpool, "list" | "remove">;
  rows: { callsWithUnkeptParts(names: string[]): Promise<SweptNames> };
  /** Queues, or does, the job keep-story. */
  keepStories: (callId: string) => Promise<void>;
  clock: Clock;
  logger: Logger;
}

/** Sweeps at once and then each minute, until aborted. A sweep that fails is logged, and the next one is made. */
export async function sweepSpool(deps: Sweep, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sweepOnce(deps);
    } catch (thrown) {
      deps.logger.error(
        { error: messageOf(thrown) },
        "Asterisk's spool could not be swept; again in a minute",
      );
    }
    await deps.clock.wait(EVERY_MS, signal).catch(() => undefined);
  }
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
