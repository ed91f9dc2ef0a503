import type { SetStep } from "../definition.ts";
import type { StepHandler } from "./handler.ts";

/** Sets an answer to what the flow says, for good. */
export const set: StepHandler<SetStep> = {
  enter: ({ answer, value, next }, { state }) => ({
    ...{ kind: "go", to: next, on: "next" },
    state: { answers: { ...state.answers, [answer]: value } },
    effects: [{ kind: "answer", name: answer, value }],
  }),
  resume: ({ next }) => ({ kind: "go", to: next, on: "next" }),
};
