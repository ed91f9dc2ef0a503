import type { Piece, Step } from "./definition.ts";

/** The fields of a step, of whatever kind, in which it says something. */
const sayFields = ["say", "sayAfter", "nudge", "sameDay", "nextDay", "none", "wrong", "readBack"] as const;

/** All that a step may say, by the field that says it. */
export const saidBy = (step: Step): { field: string; pieces: Piece[] }[] =>
  sayFields.flatMap((field) => {
    const pieces = (step as Partial<Record<typeof field, Piece[]>>)[field];
    return Array.isArray(pieces) ? [{ field, pieces }] : [];
  });
