import type { BranchStep } from "../definition.ts";
import { knownValue } from "../say.ts";
import type { Moment, StepHandler } from "./handler.ts";

/** Chooses the way by something known before the call, or said in it; says nothing. */
export const branch: StepHandler<BranchStep> = {
  enter: (step, moment) => {
    const on = wayOf(step, known(step, moment));
    const to = on === null ? undefined : step.when[on];
    return to === undefined
      ? { kind: "go", to: step.otherwise, on: "otherwise" }
      : { kind: "go", to, on: on ?? "otherwise" };
  },
  resume: (step) => ({ kind: "go", to: step.otherwise, on: "otherwise" }),
};

function known({ on }: BranchStep, { context, state }: Moment): string | undefined {
  if (on === "reason") return context.reason;
  if (on === "caller") return context.caller;
  if (on === "language") return state.language;
  return knownValue(on, state, context)?.toString();
}

/** Upper and lower case are the same, as they are to whoever fills in a list. */
function wayOf({ when }: BranchStep, value: string | undefined): string | null {
  const wanted = (value ?? "missing").trim().toLowerCase();
  return Object.keys(when).find((key) => key.toLowerCase() === wanted) ?? null;
}
