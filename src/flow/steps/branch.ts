import type { BranchStep } from "../definition.ts";
import type { StepHandler } from "./handler.ts";

/** Chooses the way by something known before the call; says nothing. */
export const branch: StepHandler<BranchStep> = {
  enter: (step, { context }) => ({ kind: "go", to: step.when[context.reason] ?? step.otherwise }),
  resume: (step) => ({ kind: "go", to: step.otherwise }),
};
