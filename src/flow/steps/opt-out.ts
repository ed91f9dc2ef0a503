import type { OptOutStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { Effect, FlowState } from "../state.ts";
import type { StepHandler } from "./handler.ts";

/** Takes the caller off the list, before a word is said, and offers to undo it. */
export const optOut: StepHandler<OptOutStep> = {
  enter(step, { flow, state, context }) {
    return {
      kind: "command",
      command: {
        kind: "ask",
        say: spoken(step.say, state, context),
        expects: [step.undo],
        answerWithinMs: flow.timing.answerWithinMs,
        greeting: false,
      },
      ...optingOut(step, state),
    };
  },

  resume(step, { state }, input) {
    if (input.kind !== "key") return { kind: "go", to: step.next, on: "silence" };
    if (input.digit !== step.undo) return { kind: "go", to: step.next, on: "next" };
    return { kind: "go", to: step.undone, on: "undone", ...undoing(state) };
  },
};

export interface Settling {
  state?: Partial<FlowState>;
  effects?: Effect[];
}

/** Nothing where they are off the list already; a keyed number is taken off each time. */
export function optingOut({ of }: { of?: string | undefined }, state: FlowState): Settling {
  const number = of === undefined ? undefined : state.keyed[of];
  if (!number && state.marks.includes("opted-out")) return {};
  const effect: Effect =
    typeof number === "object" ? { kind: "opt-out", number: number.hash } : { kind: "opt-out" };
  return { state: { marks: [...withoutOptOut(state), "opted-out"] }, effects: [effect] };
}

export const undoing = (state: FlowState) => ({
  state: { marks: withoutOptOut(state) },
  effects: [{ kind: "undo-opt-out" } as const],
});

const withoutOptOut = ({ marks }: FlowState) => marks.filter((mark) => mark !== "opted-out");
