import type { FlowState } from "#flow/state.ts";
import { outcomeOf } from "./outcome.ts";
import type { CallLog } from "./ports.ts";
import type { CallEnding } from "./run-call.ts";

export interface LostCallParts {
  log: Pick<CallLog, "end">;
  /** The flow's last state that was kept; null where the call never began. */
  stateOf(callId: string): Promise<unknown>;
}

/** Ends a call that nobody holds any more, ours by the fault: what the patient had said by then counts. */
export async function endLostCall(
  { log, stateOf }: LostCallParts,
  callId: string,
): Promise<Omit<CallEnding, "silent">> {
  const state = (await stateOf(callId)) as FlowState | null;
  if (state === null) return { disposition: "interrupted", callbackAt: null };
  const disposition = outcomeOf(state, { kind: "lost" });
  await log.end({ id: callId, disposition, endedBy: "fault", machine: null });
  const promised = disposition === "callback" ? state.callback : null;
  return { disposition, callbackAt: promised ? new Date(promised.at) : null };
}
