import type { RecordStep } from "../definition.ts";
import { spoken } from "../say.ts";
import type { Command, Effect, Input, StoryState } from "../state.ts";
import type { Moment, Resumed, StepHandler } from "./handler.ts";

/**
 * Lets the caller speak. A telling is a take; silence, the limit and "add to it" make further parts of the same take.
 * An earlier take stays the story until a new one has speech.
 */
export const record: StepHandler<RecordStep> = {
  enter(step, moment, again) {
    const { story } = moment.state;
    const at = again
      ? story
      : { ...story, ...(step.adds ? furtherPart(story) : newTake(story)), nudged: false };
    return {
      kind: "command",
      state: { story: at },
      command: recordCommand(step, at, moment, false),
    };
  },

  resume(step, moment, input) {
    if (input.kind !== "recorded") return { kind: "again", counts: false };
    const { state } = moment;
    const story = input.spoke ? withPart(state.story, partName(moment, state.story)) : state.story;
    const effects: Effect[] = [];
    if (story.keptTake !== state.story.keptTake) effects.push({ kind: "keep-take", take: story.take });
    return after(step, { ...moment, state: { ...state, story } }, input, effects);
  },
};

function after(
  step: RecordStep,
  moment: Moment,
  input: Input & { kind: "recorded" },
  effects: Effect[],
): Resumed {
  const { story } = moment.state;
  const toldInThisTake = (story.parts[story.take] ?? []).length > 0;
  switch (input.endedBy) {
    case "limit":
      return { kind: "go", to: step.limit, on: "limit", state: { story }, effects };
    case "opt-out": {
      const { next } = moment.flow.everywhere.optOut;
      // "If that was a mistake": what was told stays told, so go on behind it rather than begin anew.
      const interrupted = toldInThisTake ? step.next : moment.state.step;
      return { kind: "go", to: next, on: null, state: { story, interrupted }, effects };
    }
    case "silence":
      if (input.spoke || !story.nudged) {
        const further = { ...story, part: story.part + 1, nudged: true };
        return {
          kind: "command",
          state: { story: further },
          command: recordCommand(step, further, moment, true),
          effects,
        };
      }
  }
  const on = toldInThisTake ? "next" : "nothing";
  return { kind: "go", to: step[on], on, state: { story }, effects };
}

const newTake = (story: StoryState) => ({ take: story.take + 1, part: 1 });
const furtherPart = (story: StoryState) =>
  story.keptTake === null ? newTake(story) : { take: story.keptTake, part: story.part + 1 };

function withPart(story: StoryState, name: string): StoryState {
  const parts = { ...story.parts, [story.take]: [...(story.parts[story.take] ?? []), name] };
  return { ...story, parts, keptTake: story.take };
}

/** Ours alone, never from data: it becomes a file's name in Asterisk. */
const partName = ({ context }: Moment, { take, part }: StoryState): string =>
  `hb-${context.callId}-${take}-${part}`;

function recordCommand(step: RecordStep, story: StoryState, moment: Moment, nudge: boolean): Command {
  return {
    kind: "record",
    say: spoken(nudge ? step.nudge : step.say, moment.state, moment.context),
    tone: nudge ? null : step.tone,
    nudge,
    name: partName(moment, story),
    take: story.take,
    part: story.part,
    limitMs: moment.context.storyLimitSeconds * 1000,
    silenceMs: step.silenceMs,
  };
}
