import type { Piece, PromptId, Source, Step } from "./definition.ts";
import { grammarOf, promptsFor } from "./grammar/grammar.ts";

/** The fields of a step, of whatever kind, in which it says something. */
const sayFields = ["say", "sayAfter", "nudge", "sameDay", "nextDay", "none", "wrong", "readBack"] as const;

/** All that a step may say, by the field that says it. A language's own words are in its choices. */
export const saidBy = (step: Step): { field: string; pieces: Piece[] }[] =>
  sayFields.flatMap((field) => {
    const pieces = (step as Partial<Record<typeof field, Piece[]>>)[field];
    return Array.isArray(pieces) ? [{ field, pieces }] : [];
  });

type Value = Exclude<Piece, string>;

export const digitPrompts: readonly PromptId[] = Array.from({ length: 10 }, (_, digit) => `digit-${digit}`);

/**
 * Every prompt by which a value may be said, whatever it will be in the call.
 * @param language whose rules it is said by; English where nothing is said
 */
export function promptsOfValue(piece: Value, language = "en-GB"): readonly PromptId[] {
  const grammar = grammarOf(language);
  if ("campaign" in piece) return piece.campaign === "ringBackNumber" ? digitPrompts : [];
  if ("keyed" in piece || "digits" in piece) return digitPrompts;
  if ("number" in piece) return promptsFor("number", grammar);
  if ("date" in piece)
    return [...promptsFor("date", grammar), ...(piece.year ? promptsFor("year", grammar) : [])];
  return "time" in piece && piece.time !== "callback" ? promptsFor("time", grammar) : [];
}

/** Where a piece takes its value from, where that has a name in the flow. */
export function sourceOf(piece: Piece): Source | null {
  if (typeof piece === "string") return null;
  if ("keyed" in piece) return { answer: piece.keyed };
  if ("number" in piece) return piece.number;
  if ("digits" in piece) return piece.digits;
  if ("date" in piece) return piece.date;
  return "time" in piece && piece.time !== "callback" ? piece.time : null;
}

/** Answers that a step says, branches on, or opts out, by their names. */
export function answersUsedBy(step: Step): string[] {
  const said = saidBy(step).flatMap(({ pieces }) => pieces.flatMap((piece) => sourceOf(piece) ?? []));
  const sources = step.kind === "branch" && typeof step.on === "object" ? [...said, step.on] : said;
  const of = (step.kind === "menu" || step.kind === "opt-out") && step.of !== undefined ? [step.of] : [];
  return [...sources.flatMap((source) => ("answer" in source ? [source.answer] : [])), ...of];
}

/** Fields of the list that a step says or branches on. */
export function fieldsUsedBy(step: Step): string[] {
  const said = saidBy(step).flatMap(({ pieces }) => pieces.flatMap((piece) => sourceOf(piece) ?? []));
  const sources = step.kind === "branch" && typeof step.on === "object" ? [...said, step.on] : said;
  return sources.flatMap((source) => ("contact" in source ? [source.contact] : []));
}
