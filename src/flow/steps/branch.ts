import type { BranchStep } from "../definition.ts";
import type { StepHandler } from "./handler.ts";

/** Chooses the way by something known before the call; says nothing. */
export const branch: StepHandler<BranchStep> = {
  enter: (step, { context }) => {
    const known = step.on === "reason" ? context.reason : context.caller;
    const to = known && step.when[known];
    return to ? { kind: "go", to, on: known } : { kind: "go", to: step.otherwise, on: "otherwise" };
  },
  resume: (step) => ({ kind: "go", to: step.otherwise, on: "otherwise" }),
};
