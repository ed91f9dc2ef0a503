import type { ListenBackStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { StepHandler } from "./handler.ts";

/** Plays back what the caller has told. */
export const listenBack: StepHandler<ListenBackStep> = {
  enter(step, { state, context }) {
    const story = spoken([{ recording: "story" }], state, context);
    if (story.length === 0)
      return step.nothing === undefined
        ? { kind: "go", to: step.next, on: "next" }
        : { kind: "go", to: step.nothing, on: "nothing" };
    const say = [...spoken(step.say, state, context), ...story];
    return { kind: "command", command: { kind: "play", say } };
  },
  resume: ({ next }) => ({ kind: "go", to: next, on: "next" }),
};
