/** Where the sounds of prompts lie among a release's files, and what is known of how each came to be. */
import { z } from "zod";
import type { PromptId } from "#flow/definition.ts";
import { hashOf, type ReleaseFiles, textOf } from "#release/files.ts";

export const soundPath = (language: string, id: PromptId): string => `prompts/${language}/${id}.wav`;

/** What was spoken by a machine, and what by a person: the words and the file's hash, by id. */
export const recordPaths = {
  "stand-in": (language: string) => `prompts/${language}/synthesised.json`,
  recorded: (language: string) => `prompts/${language}/recorded.json`,
} as const;
export type Making = keyof typeof recordPaths;

const recordSchema = z.record(
  z.string(),
  z.object({
    /** The words that were said. */
    text: z.string(),
    /** Of the file made then. */
    sha256: z.string(),
    /** Whose act it was, and when; ISO 8601. */
    by: z.string().optional(),
    at: z.string().optional(),
  }),
);
export type SoundRecord = z.infer<typeof recordSchema>;

/** Empty where there is none, or none that can be read: then every sound counts as a person's (see isUnreadable). */
export const readRecord = (files: ReleaseFiles, making: Making, language: string): SoundRecord =>
  parsed(files, making, language) ?? {};

/** It is there, and nobody can say any more which sounds a machine spoke. */
export const isUnreadable = (files: ReleaseFiles, making: Making, language: string): boolean =>
  parsed(files, making, language) === null;

/** Null where it is there and cannot be read. */
function parsed(files: ReleaseFiles, making: Making, language: string): SoundRecord | null {
  const text = textOf(files, recordPaths[making](language));
  if (text === null) return {};
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** By id, so that two people's changes rarely meet. */
export function writeRecord(record: SoundRecord): Uint8Array {
  const sorted = Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  return new TextEncoder().encode(`${JSON.stringify(sorted, null, 2)}\n`);
}

/** What of a hash is written where people read it. */
export const shortHash = (content: Uint8Array | string): string =>
  hashOf(typeof content === "string" ? new TextEncoder().encode(content) : content).slice(0, 16);
