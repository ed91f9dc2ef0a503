import type { Path } from "#lib/yaml-source.ts";
import type { Flow, PromptId, Step } from "../definition.ts";
import { digitPrompts, promptsOfValue, saidBy } from "../pieces.ts";

/** A prompt that a flow may say, and where the file says so. */
export interface Said {
  id: PromptId;
  path: Path;
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
      return [...said, ...step.choices.flatMap(({ say }, i) => one(say, "choices", i, "say"))];
    case "callback": {
      const keys = Array.from({ length: step.choices }, (_, i) => `press-${i + 1}`);
      return [...said, ...[...timePrompts, ...digitPrompts, ...keys].flatMap((id) => one(id, "choices"))];
    }
    default:
      return said;
  }
}

type Pieces = Flow["takenOver"];

const saidAt = (at: Path, pieces: Pieces, language?: string): Said[] =>
  pieces.flatMap((piece, i) => promptsOf(piece, language).map((id) => ({ id, path: [...at, i] })));

const promptsOf = (piece: Pieces[number], language?: string): readonly PromptId[] =>
  typeof piece === "string" ? [piece] : "offer" in piece ? [piece.offer] : promptsOfValue(piece, language);
