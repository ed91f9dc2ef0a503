import type { Disposition } from "#call/disposition.ts";
import { outcomeOf } from "#call/outcome.ts";
import type { CallLog } from "#call/ports.ts";
import type { FlowState } from "#flow/state.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import type { Campaign } from "./campaign.ts";
import type { AbandonedAttempt, Ledger } from "./ports.ts";
import { afterAttempt } from "./retry-policy.ts";

export interface SettleParts {
  ledger: Ledger;
  callLog: CallLog;
  campaign(id: string): Promise<Campaign | null>;
  clock: Clock;
  log: Logger;
}

/**
 * Ends what a process that is no more left open. What the patient had said by then counts; whoever may have been rung is
 * never rung again for the same attempt (RELIABILITY.md 2.2).
 * @returns how many attempts were settled
 */
export async function settleAbandoned(parts: SettleParts): Promise<number> {
  const abandoned = await parts.ledger.takeOverAbandoned();
  for (const attempt of abandoned) await settle(parts, attempt);
  return abandoned.length;
}

async function settle(
  { ledger, callLog, campaign, clock, log }: SettleParts,
  attempt: AbandonedAttempt,
): Promise<void> {
  const found = await campaign(attempt.campaignId);
  if (!found) return;
  const { disposition, promised, rang } = await verdict(callLog, attempt);
  const { retryPolicy: policy, callbacks } = found.settings;
  const ended = { policy, callbacks, attempt, disposition, rang, endedAt: clock.now(), promised };
  await ledger.end(attempt, { disposition, cause: 0, sipCode: null, ...afterAttempt(ended) });
  log.warn(
    { attemptId: attempt.id, was: attempt.state, disposition },
    "an attempt left open by a crash was settled",
  );
}

interface Verdict {
  disposition: Disposition;
  promised: Date | null;
  rang: boolean;
}

async function verdict(callLog: CallLog, attempt: AbandonedAttempt): Promise<Verdict> {
  switch (attempt.state) {
    case "intent": // nothing was dialled
      return { disposition: "pending", promised: null, rang: false };
    case "dialing": // it may have rung; nobody can say
      return { disposition: "unknown", promised: null, rang: true };
    case "live": {
      if (!attempt.call) return { disposition: "interrupted", promised: null, rang: true };
      const state = attempt.call.flowState as FlowState;
      const disposition = outcomeOf(state, { kind: "lost" });
      await callLog.end({ id: attempt.call.id, disposition, endedBy: "fault", machine: null });
      const promised = disposition === "callback" && state.callback ? new Date(state.callback.at) : null;
      return { disposition, promised, rang: true };
    }
  }
}
