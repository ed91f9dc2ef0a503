import type { LanguageStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { StepHandler } from "./handler.ts";

/** Offers languages, each in its own words; silence leaves it as it is. */
export const language: StepHandler<LanguageStep> = {
  enter(step, { flow, state, context }) {
    const offers = step.choices.map(({ say, language }) => ({ prompt: say, language }));
    return {
      kind: "command",
      command: {
        kind: "ask",
        say: [...spoken(step.say, state, context), ...offers],
        expects: step.choices.map(({ key }) => key),
        answerWithinMs: flow.timing.answerWithinMs,
        greeting: false,
      },
    };
  },

  resume(step, _, input) {
    if (input.kind !== "key") return { kind: "go", to: step.next, on: "silence" };
    const choice = step.choices.find(({ key }) => key === input.digit);
    if (!choice) return { kind: "again", counts: true };
    const { language } = choice;
    return { kind: "go", to: step.next, on: `key ${choice.key}`, state: { language } };
  },
};
