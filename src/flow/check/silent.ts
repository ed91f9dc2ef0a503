import type { Flow, Step } from "../definition.ts";
import { type Edge, edgesOf } from "../edges.ts";

/** Steps that wait for the caller: their keys act from their first word on. The others say what they say, and go on. */
export const waitsForCaller = (step: Step): boolean =>
  ["menu", "digits", "callback", "record", "language", "opt-out"].includes(step.kind);

/** The ways out that a call takes in which nobody presses a key or says a word. */
export function silentEdges(flow: Flow, name: string): Edge[] {
  const step = flow.steps[name];
  if (!step) return [];
  const edges = edgesOf(flow, name);
  // A repeat goes back so often and no more.
  if (step.kind === "repeat") return edges.filter(({ on }) => on === "next");
  if (!waitsForCaller(step)) return edges;
  const on =
    step.kind === "record"
      ? "nothing"
      : edges.some((edge) => edge.on === "silence")
        ? "silence"
        : "unanswered";
  return edges.filter((edge) => edge.on === on);
}
