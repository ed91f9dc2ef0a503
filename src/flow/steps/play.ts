import type { PlayStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { StepHandler } from "./handler.ts";

/** Says something and goes on. */
export const play: StepHandler<PlayStep> = {
  enter: (step, { state, context }) => ({
    kind: "command",
    command: { kind: "play", say: spoken(step.say, state, context) },
    ...(step.complete ? { state: { complete: true } } : {}),
  }),
  resume: (step) => ({ kind: "go", to: step.next, on: "next" }),
};
