import type { FlowState } from "#flow/state.ts";
import type { Disposition } from "./disposition.ts";

/** How an answered call came to its end. */
export type CallEnd =
  | { kind: "finished" } // the flow reached its end and we hung up
  | { kind: "hung-up" }
  | { kind: "machine" }
  | { kind: "lost" } // Asterisk or the line to it went away
  | { kind: "fault" }; // ours

/**
 * The disposition of an answered call, from what the patient did first and from how it ended second: whatever was said
 * or asked for counts, also when the line broke afterwards (README has the table).
 */
export function outcomeOf(state: FlowState, end: CallEnd): Disposition {
  if (state.marks.includes("opted-out")) return "opted_out";
  if (state.marks.includes("wrong-person")) return "wrong_person";
  if (state.marks.includes("declined")) return "declined";
  if (state.disposition) return state.disposition;
  if (state.answers.rating !== undefined) return state.complete ? "completed" : "partial";
  if (state.callback) return "callback";
  if (state.answered) return "partial";
  switch (end.kind) {
    case "finished":
      return "no_response";
    case "hung-up":
      return "hung_up";
    case "machine":
      return "machine";
    case "lost":
      return "interrupted";
    case "fault":
      return "failed";
  }
}
