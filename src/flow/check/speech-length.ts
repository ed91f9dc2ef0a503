import type { Piece } from "../definition.ts";
import { digitPrompts, promptsOfValue } from "../pieces.ts";
import type { Checked } from "./rule.ts";

/** The trust's name is the campaign's, and so in no file of the flow. */
const spokenNameMs = 3_000;
const digitsOfAPhone = 11;
/** "Four thousand, three hundred and twenty-one"; "on Tuesday, the twenty-first of April". */
const wordsOfAValue = 4;
const oneTime = ["tomorrow", "at", "eleven", "forty-five", "in-the-afternoon"];

/**
 * How long this is to be listened to, in milliseconds. What only the call knows is reckoned: a trust's name as three
 * seconds, digits as eleven of them, a number or a date as four words, a time as "tomorrow at eleven forty-five in the afternoon", one of several prompts as
 * the longest. The caller's own story is not counted.
 */
export function speechMs(pieces: readonly Piece[], language: string, { flow, prompts }: Checked): number {
  const ms = (id: string) => prompts?.lengthOf(id, language) ?? 0;
  const longest = (ids: readonly string[]) => Math.max(0, ...ids.map(ms));
  const sum = (ids: readonly string[]) => ids.reduce((total, id) => total + ms(id), 0);
  const lengthOf = (piece: Piece): number => {
    if (typeof piece === "string") return ms(piece);
    if ("pauseMs" in piece) return piece.pauseMs;
    if ("offer" in piece) return prompts?.lengthOf(piece.offer, piece.language) ?? 0;
    if ("campaign" in piece && piece.campaign === "spokenName") return spokenNameMs;
    if ("campaign" in piece || "keyed" in piece) return digitsOfAPhone * longest(digitPrompts);
    if ("setting" in piece) return longest(prompts?.ids.filter((id) => id.startsWith("story-limit-")) ?? []);
    if ("label" in piece) return longest(labelsOf(piece.label, flow));
    if ("time" in piece) return sum(oneTime);
    if ("number" in piece || "date" in piece) return wordsOfAValue * longest(promptsOfValue(piece, language));
    return "digits" in piece ? digitsOfAPhone * longest(digitPrompts) : 0;
  };
  return pieces.reduce((total, piece) => total + lengthOf(piece), 0);
}

const labelsOf = (answer: string, { steps }: Checked["flow"]): string[] =>
  Object.values(steps).flatMap((step) =>
    step.kind === "menu" && step.answer === answer ? step.choices.flatMap(({ label }) => label ?? []) : [],
  );
