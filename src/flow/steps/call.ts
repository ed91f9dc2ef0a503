import type { CallStep } from "../definition.ts";
import { entranceOf } from "../edges.ts";
import type { StepHandler } from "./handler.ts";

/** Goes through another flow's steps, which link.ts has put behind this one. */
export const call: StepHandler<CallStep> = {
  enter: (_, { state }) => ({ kind: "go", to: entranceOf(state.step), on: "flow" }),
  resume: ({ next }) => ({ kind: "go", to: next, on: "next" }),
};
