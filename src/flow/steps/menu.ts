import type { MenuStep } from "../definition.ts";
import { isOffered, spoken } from "../say.ts";
import type { Effect, FlowState } from "../state.ts";
import type { Moment, Resumed, StepHandler } from "./handler.ts";
import { optingOut, undoing } from "./opt-out.ts";

type Choice = MenuStep["choices"][number];

/** Asks for one key. Each choice may give an answer, settle something for good, or both. */
export const menu: StepHandler<MenuStep> = {
  enter(step, { flow, state, context }) {
    const settled = step.enter === "opt-out" ? optingOut(step, state) : {};
    const open = openChoices(step, { state, context });
    const choices = open.flatMap((choice) => choice.say ?? []);
    return {
      kind: "command",
      command: {
        kind: "ask",
        say: spoken([...step.say, ...choices, ...step.sayAfter], state, context),
        expects: open.map((choice) => choice.key),
        answerWithinMs: flow.timing.answerWithinMs,
        greeting: step.greeting,
      },
      ...settled,
    };
  },

  resume(step, moment, input) {
    if (input.kind === "key") {
      const choice = openChoices(step, moment).find(({ key }) => key === input.digit);
      return choice ? chosen(step, choice, moment.state) : { kind: "again", counts: true };
    }
    return step.silence ? { kind: "go", to: step.silence, on: "silence" } : { kind: "again", counts: true };
  },
};

/** A key that changes the language acts only where that language is offered. */
const openChoices = (
  { choices }: MenuStep,
  { state, context }: Pick<Moment, "state" | "context">,
): Choice[] =>
  choices.filter(({ language }) => language === undefined || isOffered(language, state, context));

function chosen(step: MenuStep, choice: Choice, state: FlowState): Resumed {
  const change: Partial<FlowState> = {};
  const effects: Effect[] = [];
  if (step.answer && choice.value !== undefined) {
    change.answered = true;
    change.answers = { ...state.answers, [step.answer]: choice.value };
    if (choice.label) change.labels = { ...state.labels, [step.answer]: choice.label };
    effects.push({ kind: "answer", name: step.answer, value: choice.value });
  }
  if (choice.language) change.language = choice.language;
  if (choice.mark) settle(choice.mark, state, change, effects);
  return { kind: "go", to: choice.next, on: `key ${choice.key}`, state: change, effects };
}

function settle(
  mark: NonNullable<Choice["mark"]>,
  state: FlowState,
  change: Partial<FlowState>,
  effects: Effect[],
): void {
  switch (mark) {
    case "right-person":
      change.confirmed = true;
      return;
    case "declined":
    case "wrong-person":
      change.marks = [...state.marks, mark];
      effects.push({ kind: mark });
      return;
    case "delete-story":
      change.story = { ...state.story, keptTake: null };
      effects.push({ kind: "delete-story" });
      return;
    case "undo-opt-out":
      Object.assign(change, undoing(state).state);
      effects.push(...undoing(state).effects);
      return;
  }
}
