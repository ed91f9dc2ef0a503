/** How what calls leave behind is kept: in the database, and on this machine while that is away. */
import { join } from "node:path";
import { DurableWrites } from "#call/durable-writes.ts";
import { replayLeftBehind } from "#call/replay-all.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { settleAgain } from "#campaign/settle-again.ts";
import type { Settings } from "#config.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { withCrashPoints } from "#lib/crash-point.ts";
import { AppError } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { endAttempt } from "#postgres/end-attempt.ts";
import { endAttemptLate } from "#postgres/end-attempt-late.ts";
import type { PostgresLedger } from "#postgres/ledger.ts";
import { cutOffAttempts, isGone } from "#postgres/left-behind.ts";
import { createPool } from "#postgres/pool.ts";
import { createReplay } from "#postgres/replay.ts";
import { createAnswerSpool } from "#storage/answer-spool.ts";
import type { Ciphers } from "#storage/ciphers.ts";

export interface AnswersWanted {
  settings: Pick<Settings, "databaseUrl" | "spoolFolder" | "storyFolder">;
  owner: string;
  ciphers: Ciphers;
  ledger: Pick<PostgresLedger, "renewLeases">;
  logger: Logger;
}

/** A connection that says nothing for so long is given up; patients wait less (call/durable-writes.ts). */
const answerTimeoutMs = 5_000;

/** Beside the stories where no folder is given. */
export const spoolFolderOf = ({
  spoolFolder,
  storyFolder,
}: Pick<Settings, "spoolFolder" | "storyFolder">): string => spoolFolder ?? join(storyFolder, "answer-spool");

export async function buildAnswers({ settings, owner, ciphers, ledger, logger }: AnswersWanted) {
  const spool = await createAnswerSpool({ folder: spoolFolderOf(settings), owner, ciphers, logger });
  // Connections of their own: no page and no report makes a patient wait.
  const pool = createPool({
    ...{ url: settings.databaseUrl, applicationName: "hearback answers", answerTimeoutMs, logger },
    planned: true,
  });
  const log = withCrashPoints("call", createCallLog(pool, owner));
  const replay = withCrashPoints("replay", createReplay(pool, owner));
  const ends = withCrashPoints("attempt", {
    end: async (...[attempt, ending]: Parameters<PostgresLedger["end"]>) => {
      if (await endAttempt(pool, owner, attempt, ending)) return;
      // Another took the call over while we stood still: what we saw of its end, nobody else can tell.
      await endAttemptLate(pool, { owner, of: owner }, { attempt, ending });
    },
  });
  const writes = new DurableWrites({
    ...{ log, replay, spool, clock, logger },
    endAttempt: ends.end,
    probe: () => pool.query("select"),
    cameBack: () => ledger.renewLeases().catch(unlessReplaced),
  });
  return {
    writes,
    /** Without the spool: for what is only concluded, and can be concluded again. */
    log,
    replayLeftBehind: (by: { campaign(id: string): Promise<Campaign | null>; onlyInstance: boolean }) =>
      replayLeftBehind({
        ...{ spool, replay, logger },
        isGone: async (of) => by.onlyInstance || isGone(pool, of),
        settleAgain: (ids) =>
          settleAgain(
            {
              ...{ replay, clock, log: logger, campaign: by.campaign },
              cutOff: (attemptIds) => cutOffAttempts(pool, attemptIds),
            },
            ids,
          ),
      }),
    close: () => pool.end(),
  };
}

/** The app ends then, for others hold our calls; what was said to us before is written all the same. */
function unlessReplaced(thrown: unknown): void {
  if (!(thrown instanceof AppError && thrown.code === "instance_replaced")) throw thrown;
}
