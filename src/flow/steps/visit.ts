import type { VisitStep } from "../definition.ts";
import type { StepHandler } from "./handler.ts";

/** Looks whether a visit waits for this caller's answers. Where one does, the call leaves this flow for that visit's. */
export const visit: StepHandler<VisitStep> = {
  enter: () => ({ kind: "command", command: { kind: "find-visit" } }),
  resume: (step) => ({ kind: "go", to: step.none, on: "none" }),
};
