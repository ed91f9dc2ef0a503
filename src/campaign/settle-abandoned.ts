import { outcomeOf } from "#call/outcome.ts";
import type { CallLog } from "#call/ports.ts";
import type { FlowState } from "#flow/state.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";
import type { Ending } from "./attempt.ts";
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

/** Ends an attempt that a process left open which is no more, and whose call nobody can go on with. */
export async function settle(
  { ledger, callLog, clock, log }: SettleParts,
  { settings }: Campaign,
  attempt: AbandonedAttempt,
): Promise<void> {
  const { disposition, promised = null, rang, silent = false } = await verdict(callLog, attempt);
  const { retryPolicy: policy, callbacks } = settings;
  const ended = { policy, callbacks, attempt, disposition, rang, silent, endedAt: clock.now(), promised };
  await ledger.end(attempt, { disposition, cause: 0, sipCode: null, ...afterAttempt(ended) });
  log.warn(
    { attemptId: attempt.id, was: attempt.state, disposition },
    "an attempt left open by a crash was settled",
  );
}

async function verdict(callLog: CallLog, attempt: AbandonedAttempt): Promise<Ending> {
  switch (attempt.state) {
    case "intent": // nothing was dialled
      return { disposition: "pending", rang: false };
    case "dialing": // it may have rung; nobody can say
      return { disposition: "unknown", rang: true };
    case "live":
      return endOfLost(callLog, attempt);
  }
}

/** A call that was going on, and is no more: what the patient had said by then counts. */
export async function endOfLost(callLog: CallLog, { call }: AbandonedAttempt): Promise<Ending> {
  // Nobody can say that they heard us: the longer rest is the kinder one.
  if (!call) return { disposition: "interrupted", rang: true, silent: true };
  const state = call.flowState as FlowState;
  const disposition = call.ended ?? outcomeOf(state, { kind: "lost" });
  await callLog.end({ id: call.id, disposition, endedBy: "fault", machine: null });
  const promised = disposition === "callback" && state.callback ? new Date(state.callback.at) : null;
  return { disposition, promised, rang: true };
}
