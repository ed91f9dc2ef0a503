/** One run, as it is kept: everything in the README comes from it. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Machine } from "./machine.ts";
import type { Measured, Part } from "./part.ts";

export interface Results {
  /** Of this shape. */
  version: 1;
  quick: boolean;
  /** False while it goes on, and where it was interrupted. */
  finished: boolean;
  machine: Machine;
  parts: PartResult[];
}

export interface PartResult {
  number: number;
  title: string;
  seconds: number;
  outcome: ({ kind: "measured" } & Measured) | { kind: "skipped" | "failed"; because: string };
}

/** Whole or not at all: a run that is cut off leaves what it had. */
export function writeResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(results, null, 1)}\n`);
  renameSync(`${file}.new`, file);
}

/** All the parts measured, to the end: the README's figures are of one such run, and of no other. */
export const isWholeRun = ({ quick, finished, parts }: Results, all: readonly Part[]): boolean =>
  finished &&
  !quick &&
  all.every((part) =>
    parts.some(({ number, outcome }) => number === part.number && outcome.kind === "measured"),
  );

/** Null where there are none. Throws where the file is something else. */
export function readResults(file: string): Results | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw thrown;
  }
  const results = JSON.parse(text) as Results;
  if (results.version !== 1) throw new Error(`${file} is not a benchmark's results: run npm run bench again`);
  return results;
}
