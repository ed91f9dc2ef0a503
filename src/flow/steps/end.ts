import type { EndStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { StepHandler } from "./handler.ts";

/** Says goodbye and hangs up. How the visit stands is settled before the first word: who hangs up in it has answered. */
export const end: StepHandler<EndStep> = {
  enter(step, { state, context }) {
    const settled = step.disposition === undefined ? {} : { state: { disposition: step.disposition } };
    const say = spoken(step.say, state, context);
    if (say.length === 0) return { kind: "go", to: "end", on: "end", ...settled };
    return { kind: "command", command: { kind: "play", say }, ...settled };
  },
  resume: () => ({ kind: "go", to: "end", on: "end" }),
};
