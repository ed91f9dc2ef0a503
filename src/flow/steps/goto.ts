import type { GotoStep } from "../definition.ts";
import type { StepHandler } from "./handler.ts";

/** A name for a place where many ways meet. */
export const goto: StepHandler<GotoStep> = {
  enter: ({ next }) => ({ kind: "go", to: next, on: "next" }),
  resume: ({ next }) => ({ kind: "go", to: next, on: "next" }),
};
