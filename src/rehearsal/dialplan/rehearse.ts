/** A dialplan loaded and telephoned with, before any patient's call comes near it. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "#lib/fault.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { GoldenCall } from "#release/walk-report.ts";
import { type GoldenTurns, goldenCalls } from "./golden-calls.ts";
import { type ScratchOptions, startScratch } from "./scratch.ts";

export interface Rehearsed {
  /** What Asterisk said of the files; where there is anything, nothing was telephoned. */
  faults: Fault[];
  calls: GoldenCall[];
  /** The dialplan as Asterisk has it. */
  loaded: string[];
}

/** Half a minute at most; everything on this machine's loopback, and nothing of it stays. */
export function rehearseDialplan(
  files: ReleaseFiles,
  options: GoldenTurns & { progress(line: string): void },
): Promise<Rehearsed> {
  const run = repositoryFile(".hearback/dialplan");
  mkdirSync(run, { recursive: true });
  return rehearseIn({ files, dir: mkdtempSync(join(run, "scratch-")), ...options });
}

/** The same in a folder, and on an Asterisk, of one's own. */
export async function rehearseIn({
  told,
  before,
  ...options
}: ScratchOptions & GoldenTurns): Promise<Rehearsed> {
  const scratch = await startScratch(options);
  if (!("stop" in scratch)) return { ...scratch, calls: [], loaded: [] };
  const { faults, loaded } = scratch;
  const sound = !faults.some(({ level }) => level === "fault");
  try {
    return {
      faults,
      loaded,
      calls: sound ? await goldenCalls(scratch, options.files, { told, before }) : [],
    };
  } finally {
    await scratch.stop();
  }
}
