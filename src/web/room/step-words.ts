/** What a step of a call says, and what its keys mean, in the words of the prompts. */
import type { SpokenVoice } from "./ports.ts";

/** What a step holds of words; steps of other kinds hold some of these. */
interface Says {
  say?: readonly unknown[];
  sayAfter?: readonly unknown[];
  sameDay?: readonly unknown[];
  choices?:
    | readonly { key: string; label?: string; say?: string; mark?: string; language?: string; next: string }[]
    | number;
}

const supplied: Record<string, string> = {
  spokenName: "(the trust’s name)",
  ringBackNumber: "(the number to ring back)",
};

/** Of the pieces that a step says, the words; what a call supplies itself stands in brackets. */
function wordsOf({ prompts }: SpokenVoice, pieces: readonly unknown[]): string {
  const words = pieces.flatMap((piece): string[] => {
    if (typeof piece === "string") return [prompts.words.get(piece) ?? piece];
    const { campaign, setting, label, recording, time } = piece as Record<string, string>;
    if (campaign) return [supplied[campaign] ?? campaign];
    if (setting) return ["(how long a part may be)"];
    if (label) return ["(the answer)"];
    if (recording) return ["(the story is played)"];
    return time ? ["(the time)"] : [];
  });
  return words.join(" ");
}

/** All that was said in it; its name where this Hearback knows no such step any more. */
export function stepWords(voice: SpokenVoice, flow: string, step: string): string {
  const found = voice.flows.get(flow)?.steps[step] as Says | undefined;
  if (!found) return `the step “${step}”`;
  const words = wordsOf(voice, [...(found.say ?? found.sameDay ?? [])]);
  return words === "" ? `the step “${step}”` : words;
}

const marks: Record<string, string> = {
  "right-person": "I am that person",
  declined: "I would rather not take part",
  "wrong-person": "I am not that person",
  "delete-story": "delete what I told",
  "undo-opt-out": "you may call me again after all",
};

/** What a key meant there: "very good", "to hear it again"; null where nothing says. */
export function keyWords(
  voice: SpokenVoice,
  at: { flow: string; step: string; digit: string },
): string | null {
  const flow = voice.flows.get(at.flow);
  const found = flow?.steps[at.step] as Says | undefined;
  if (!flow || !found) return null;
  if (at.digit === flow.everywhere?.repeat) return "say it again";
  if (at.digit === flow.everywhere?.optOut?.key) return "never call me again";
  const choices = Array.isArray(found.choices) ? found.choices : [];
  const choice = choices.find(({ key }) => key === at.digit);
  if (!choice) return null;
  if (choice.label) return voice.prompts.words.get(choice.label)?.replace(/\.$/, "") ?? choice.label;
  if (choice.language) return `speak ${choice.language}`;
  return choice.mark ? (marks[choice.mark] ?? choice.mark) : `go on to “${choice.next}”`;
}
