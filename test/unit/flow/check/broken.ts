import { expect } from "vitest";
import { checkFlows } from "#flow/check/check-flows.ts";
import type { Fault } from "#lib/fault.ts";
import { foldersBelow, readReleaseFolders } from "#storage/release-folders.ts";

export const shipped = readReleaseFolders({ ...foldersBelow("."), asteriskFolder: null });

export const textOf = (file: string): string => new TextDecoder().decode(shipped.get(file));

/** The shipped files with some put in another's place; null takes one away. */
export function withFiles(changed: Record<string, string | Uint8Array | null>): Map<string, Uint8Array> {
  const files = new Map(shipped);
  for (const [file, content] of Object.entries(changed)) {
    if (content === null) files.delete(file);
    else files.set(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
  return files;
}

/** A key that was changed is also another than the words tell: that is a rule of its own (menu-words.test.ts). */
export const besideWords = (faults: readonly Fault[]): Fault[] =>
  faults.filter(({ rule }) => rule !== "menu-words");

/** Every occurrence must be meant: a text that is not there is a fault of the test. */
export function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the file has no ${JSON.stringify(from)}`);
  return text.replace(from, () => to);
}

/** Line and column of the first occurrence, from 1. */
export function placeOf(text: string, needle: string): { line: number; column: number } {
  const at = text.indexOf(needle);
  if (at < 0) throw new Error(`the file has no ${JSON.stringify(needle)}`);
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

export interface Broken {
  /** "fft" when not given. */
  flow?: string;
  from: string;
  to: string;
  /** Where the fault must be: at the first of this text, in the changed file; `into` characters behind its beginning. */
  at: string;
  into?: number;
  rule: string;
  what: RegExp;
  instead: RegExp;
  /** There are others beside it. */
  amongOthers?: true;
}

/** Breaks a shipped flow in one place, and expects that very fault at that very place. */
export function expectFault({
  flow = "fft",
  from,
  to,
  at,
  into = 0,
  rule,
  what,
  instead,
  amongOthers,
}: Broken) {
  const file = `flows/${flow}.yaml`;
  const text = replaced(textOf(file), from, to);
  const faults = besideWords(checkFlows(withFiles({ [file]: text })));
  const { line, column } = placeOf(text, at);
  const expected: Fault = {
    ...{ file, line, column: column + into, rule, level: "fault" },
    ...{ what: expect.stringMatching(what), instead: expect.stringMatching(instead) },
  };
  if (amongOthers) expect(faults).toContainEqual(expected);
  else expect(faults).toEqual([expected]);
}
