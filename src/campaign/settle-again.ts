import { knowledgeIn } from "#call/disposition.ts";
import { outcomeOf } from "#call/outcome.ts";
import type { CallWrite, Replay } from "#call/spool.ts";
import type { FlowState } from "#flow/state.ts";
import type { Clock } from "#lib/clock.ts";
import { newId } from "#lib/ids.ts";
import type { Logger } from "#lib/logger.ts";
import type { Campaign } from "./campaign.ts";
import type { CutOffAttempt } from "./ports.ts";
import { afterAttempt } from "./retry-policy.ts";

export interface SettleAgainParts {
  /** Of these attempts, those whose call was cut off by a fault and that have been settled. */
  cutOff(attemptIds: string[]): Promise<CutOffAttempt[]>;
  campaign(id: string): Promise<Campaign | null>;
  replay: Pick<Replay, "take">;
  clock: Clock;
  log: Logger;
}

/**
 * Answers came late, out of the spool of a process that died: whatever was settled without them is settled again, by all
 * that the patient said; so are calls that another went on with while they were on their way. What has no open question left stays as it is.
 */
export async function settleAgain(parts: SettleAgainParts, attemptIds: string[]): Promise<void> {
  for (const attempt of await parts.cutOff(attemptIds)) await settle(parts, attempt);
}

async function settle(
  { campaign, replay, clock, log }: SettleAgainParts,
  attempt: CutOffAttempt,
): Promise<void> {
  const state = withSaid(attempt.flowState as FlowState, attempt.said);
  const disposition = outcomeOf(state, { kind: "lost" });
  const found = await campaign(attempt.campaignId);
  const isNews =
    attempt.disposition !== disposition && knowledgeIn(disposition) >= knowledgeIn(attempt.disposition);
  if (!found || (!isNews && attempt.callEnded)) return;
  const promised = disposition === "callback" && state.callback ? new Date(state.callback.at) : null;
  const { retryPolicy: policy, callbacks } = found.settings;
  const endedAt = clock.now();
  const after = afterAttempt({ policy, callbacks, attempt, disposition, rang: true, endedAt, promised });
  const take = (write: CallWrite) => replay.take({ id: newId(), at: endedAt, write });
  await take({ kind: "end", call: { id: attempt.id, disposition, endedBy: "fault", machine: null } });
  await take({ kind: "attempt-end", attempt, ending: { disposition, cause: 0, sipCode: null, ...after } });
  log.warn({ attemptId: attempt.id, was: attempt.disposition, disposition }, "settled again by late answers");
}

/** Whoever went on with the call did not know of it, and wrote a state without it. */
function withSaid(state: FlowState, said: CutOffAttempt["said"]): FlowState {
  const marks = [
    ...state.marks,
    ...(said.optedOut ? (["opted-out"] as const) : []),
    ...(said.wrongPerson ? (["wrong-person"] as const) : []),
    ...(said.declined ? (["declined"] as const) : []),
  ];
  const rating = state.answers.rating ?? said.rating;
  const answers = rating === null ? state.answers : { ...state.answers, rating };
  const callback = state.callback ?? (said.callbackAt === null ? null : { at: said.callbackAt });
  return { ...state, marks, answers, callback, answered: state.answered || said.answered };
}
