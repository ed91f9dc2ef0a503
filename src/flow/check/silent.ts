import type { Flow, Step } from "../definition.ts";
import { type Edge, edgesOf } from "../edges.ts";

/** Steps that wait for the caller: their keys act from their first word on. The others say what they say, and go on. */
export const waitsForCaller = (step: Step): boolean =>
  step.kind === "menu" || step.kind === "digits" || step.kind === "callback" || step.kind === "record";

/** The ways out that a call takes in which nobody presses a key or says a word. */
export function silentEdges(flow: Flow, name: string): Edge[] {
  const step = flow.steps[name];
  if (!step) return [];
  const edges = edgesOf(flow, name);
  if (!waitsForCaller(step)) return edges;
  const on =
    step.kind === "record" ? "nothing" : "silence" in step && step.silence ? "silence" : "unanswered";
  return edges.filter((edge) => edge.on === on);
}
