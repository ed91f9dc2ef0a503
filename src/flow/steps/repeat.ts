import type { RepeatStep } from "../definition.ts";
import type { StepHandler } from "./handler.ts";

/** Goes back to a step, a few times at most. */
export const repeat: StepHandler<RepeatStep> = {
  enter(step, { state }) {
    const times = state.repeated[state.step] ?? 0;
    if (times >= step.most) return { kind: "go", to: step.next, on: "next" };
    const repeated = { ...state.repeated, [state.step]: times + 1 };
    return { kind: "go", to: step.step, on: "step", state: { repeated } };
  },
  resume: ({ next }) => ({ kind: "go", to: next, on: "next" }),
};
