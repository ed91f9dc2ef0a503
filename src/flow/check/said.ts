import type { Path } from "#lib/yaml-source.ts";
import type { Flow, PromptId, Step } from "../definition.ts";
import { digitPrompts, promptsOfValue, saidBy } from "../pieces.ts";

/** A prompt that a flow may say, and where the file says so. */
export interface Said {
  id: PromptId;
  path: Path;
  /** BCP 47: said in that one, whatever the call's is. */
  language?: string;
  /** One of the words for numbers, days and times, which a call says or not as its values are. */
  ofValue?: true;
}

const timePrompts = [
  ...["for-time", "today", "tomorrow", "at", "oclock", "fifteen", "thirty", "forty-five"],
  ...["ten", "eleven", "twelve"],
  ...["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
  ...["in-the-morning", "in-the-afternoon", "in-the-evening"],
];

/**
 * All that calls of this flow may say, what the application adds of its own included.
 * @param language by whose rules numbers and dates are said; English where nothing is said
 */
export const saidIn = (flow: Flow, language?: string): Said[] => [
  ...saidAt(["takenOver"], flow.takenOver, language),
  ...Object.entries(flow.steps).flatMap(([name, step]) => saidByStep(["steps", name], step, language)),
];

/** A step's, under its path. */
export function saidByStep(at: Path, step: Step, language?: string): Said[] {
  const one = (id: PromptId | undefined, ...path: Path): Said[] =>
    id === undefined ? [] : [{ id, path: [...at, ...path] }];
  const ofValue = (ids: readonly PromptId[], ...path: Path): Said[] =>
    ids.map((id) => ({ id, path: [...at, ...path], ofValue: true }));
  const said = saidBy(step).flatMap(({ field, pieces }) => saidAt([...at, field], pieces, language));
  switch (step.kind) {
    case "record":
      return [...said, ...one(step.tone, "tone")];
    case "menu":
      return [
        ...said,
        ...step.choices.flatMap(({ say, label }, i) => [
          ...one(say, "choices", i, "say"),
          ...one(label, "choices", i, "label"),
        ]),
      ];
    case "language":
      return [
        ...said,
        ...step.choices.map(({ say, language }, i) => ({
          ...{ id: say, path: [...at, "choices", i, "say"], language },
        })),
      ];
    case "callback": {
      const keys = Array.from({ length: step.choices }, (_, i) => `press-${i + 1}`);
      return [...said, ...ofValue([...timePrompts, ...digitPrompts, ...keys], "choices")];
    }
    default:
      return said;
  }
}

type Pieces = Flow["takenOver"];

const saidAt = (at: Path, pieces: Pieces, language?: string): Said[] =>
  pieces.flatMap((piece, i): Said[] => {
    const path = [...at, i];
    if (typeof piece === "string") return [{ id: piece, path }];
    if ("offer" in piece) return [{ id: piece.offer, path, language: piece.language }];
    return promptsOfValue(piece, language).map((id) => ({ id, path, ofValue: true }));
  });
