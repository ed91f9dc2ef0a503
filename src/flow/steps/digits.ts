import type { DigitsStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { Command, FlowState, Keyed, KeyedForm } from "../state.ts";
import type { Moment, Resumed, StepHandler } from "./handler.ts";

const right = "1";
const again = "2";

/**
 * Lets the caller key a number, and goes on with it: at once, or, where it is said back, once they have said that it is
 * right. Only then it is kept, where the flow says so.
 */
export const digits: StepHandler<DigitsStep> = {
  enter(step, moment, isAgain) {
    const state = isAgain ? moment.state : { ...moment.state, ...without(step, moment.state) };
    const number = state.keyed[step.answer];
    const command =
      typeof number === "object" && step.readBack
        ? confirm(step.readBack, { ...moment, state })
        : keyIn(step, moment, number === "wrong");
    return { kind: "command", command, state: { keyed: state.keyed } };
  },

  resume(step, moment, input) {
    const { state } = moment;
    if (input.kind === "keyed") {
      if (input.number === null)
        return { kind: "again", counts: true, state: { keyed: { ...state.keyed, [step.answer]: "wrong" } } };
      const keyed = { ...state.keyed, [step.answer]: input.number };
      if (!step.readBack) return goOn(step, { ...state, keyed }, input.number);
      const command = confirm(step.readBack, { ...moment, state: { ...state, keyed } });
      return { kind: "command", command, state: { keyed } };
    }
    const number = state.keyed[step.answer];
    if (input.kind === "key" && input.digit === right && typeof number === "object")
      return goOn(step, state, number);
    if (input.kind === "key" && input.digit === again)
      return { kind: "again", counts: true, state: without(step, state) };
    // A # that comes late, after the number was taken as it was, is no wrong answer.
    return { kind: "again", counts: !(input.kind === "key" && input.digit === "#") };
  },
};

/** A telephone number is never kept, whatever a flow should say. */
function goOn(step: DigitsStep, { keyed, answers }: FlowState, { value }: Keyed): Resumed {
  const on = { kind: "go", to: step.next, on: "next" } as const;
  if (!step.keep || step.as === "phone") return { ...on, state: { keyed } };
  return {
    ...on,
    state: { keyed, answered: true, answers: { ...answers, [step.answer]: value } },
    effects: [{ kind: "answer", name: step.answer, value }],
  };
}

function keyIn(step: DigitsStep, { flow, state, context }: Moment, wrong: boolean): Command {
  const { min, max } = lengthOf(step);
  return {
    kind: "key-in",
    say: spoken(wrong ? [...step.wrong, ...step.say] : step.say, state, context),
    least: min,
    most: max,
    as: formOf(step),
    firstWithinMs: flow.timing.answerWithinMs,
  };
}

function formOf({ as, date, min, max }: DigitsStep): KeyedForm | null {
  if (as === "phone") return "phone";
  if (as === "date") return { date: date ?? "ddmmyyyy" };
  return as === "number" ? { number: { min: min ?? 0, max: max ?? Number.MAX_SAFE_INTEGER } } : null;
}

/** How many digits, where the step does not say so itself. */
function lengthOf({ length, as, date, max }: DigitsStep): { min: number; max: number } {
  if (length) return length;
  if (as === "phone") return { min: 10, max: 15 };
  if (as === "date") return date === "ddmm" ? { min: 4, max: 4 } : { min: 8, max: 8 };
  return { min: 1, max: max === undefined ? 15 : String(max).length };
}

const confirm = (
  readBack: NonNullable<DigitsStep["readBack"]>,
  { flow, state, context }: Moment,
): Command => ({
  kind: "ask",
  say: spoken(readBack, state, context),
  expects: [right, again],
  answerWithinMs: flow.timing.answerWithinMs,
  greeting: false,
});

function without(step: DigitsStep, state: FlowState): Pick<FlowState, "keyed"> {
  const { [step.answer]: _, ...keyed } = state.keyed;
  return { keyed };
}
