import type { DigitsStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { Command, FlowState } from "../state.ts";
import type { Moment, StepHandler } from "./handler.ts";

const right = "1";
const again = "2";

/** Lets the caller key a number, says it back digit by digit, and goes on once they have said that it is right. */
export const digits: StepHandler<DigitsStep> = {
  enter(step, moment, isAgain) {
    const state = isAgain ? moment.state : { ...moment.state, ...without(step, moment.state) };
    const number = state.keyed[step.answer];
    const command =
      typeof number === "object"
        ? confirm(step, { ...moment, state })
        : keyIn(step, moment, number === "wrong");
    return { kind: "command", command, state: { keyed: state.keyed } };
  },

  resume(step, moment, input) {
    const { state } = moment;
    if (input.kind === "keyed") {
      if (input.number === null)
        return { kind: "again", counts: true, state: { keyed: { ...state.keyed, [step.answer]: "wrong" } } };
      const keyed = { ...state.keyed, [step.answer]: input.number };
      return {
        kind: "command",
        command: confirm(step, { ...moment, state: { ...state, keyed } }),
        state: { keyed },
      };
    }
    if (input.kind === "key" && input.digit === right && typeof state.keyed[step.answer] === "object")
      return { kind: "go", to: step.next, on: "next" };
    if (input.kind === "key" && input.digit === again)
      return { kind: "again", counts: true, state: without(step, state) };
    // A # that comes late, after the number was taken as it was, is no wrong answer.
    return { kind: "again", counts: !(input.kind === "key" && input.digit === "#") };
  },
};

function keyIn(step: DigitsStep, { flow, state, context }: Moment, wrong: boolean): Command {
  return {
    kind: "key-in",
    say: spoken(wrong ? [...step.wrong, ...step.say] : step.say, state, context),
    least: step.length.min,
    most: step.length.max,
    as: step.as ?? null,
    firstWithinMs: flow.timing.answerWithinMs,
  };
}

const confirm = (step: DigitsStep, { flow, state, context }: Moment): Command => ({
  kind: "ask",
  say: spoken(step.readBack, state, context),
  expects: [right, again],
  answerWithinMs: flow.timing.answerWithinMs,
  greeting: false,
});

function without(step: DigitsStep, state: FlowState): Pick<FlowState, "keyed"> {
  const { [step.answer]: _, ...keyed } = state.keyed;
  return { keyed };
}
