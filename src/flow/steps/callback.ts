import type { CallbackStep } from "../definition.ts";
import { spoken, timeOf } from "../say.ts";
import type { Input, Spoken } from "../state.ts";
import type { Moment, Resumed, StepHandler } from "./handler.ts";

/** Offers times to be called, which the campaign works out, and books the one chosen. */
export const callback: StepHandler<CallbackStep> = {
  enter: (step) => ({ kind: "command", command: { kind: "offer-callback", count: step.choices } }),

  resume(step, moment, input) {
    const { flow, state } = moment;
    switch (input.kind) {
      case "callback-times":
        return offer(step, moment, input);
      case "key": {
        const chosen = state.offered[Number(input.digit) - 1];
        if (!chosen) return { kind: "again", counts: true };
        return {
          kind: "go",
          to: step.booked,
          on: "booked",
          state: { callback: chosen },
          effects: [{ kind: "callback", at: chosen.at }],
        };
      }
      case "silence":
        return { kind: "again", counts: true };
      default: // "played": it has been said that there is no time to offer
        return { kind: "go", to: step.unanswered ?? flow.unanswered, on: "unanswered" };
    }
  },
};

function offer(
  step: CallbackStep,
  { flow, state, context }: Moment,
  input: Input & { kind: "callback-times" },
): Resumed {
  const offered = input.times.slice(0, step.choices);
  if (offered.length === 0) {
    return {
      kind: "command",
      state: { offered },
      command: { kind: "play", say: spoken(step.none, state, context) },
    };
  }
  const choices = offered.flatMap((time, index): Spoken[] => [
    { prompt: "for-time" },
    timeOf(time),
    { prompt: `press-${index + 1}` },
  ]);
  const opening = spoken(input.sameDay ? step.sameDay : step.nextDay, state, context);
  return {
    kind: "command",
    state: { offered },
    command: {
      kind: "ask",
      say: [...opening, ...choices],
      expects: offered.map((_, index) => String(index + 1)),
      answerWithinMs: flow.timing.answerWithinMs,
      greeting: false,
    },
  };
}
