/** A dialplan loaded and telephoned with, before any patient's call comes near it. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "#lib/fault.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { type GoldenCall, goldenCalls } from "./golden-calls.ts";
import { startScratch } from "./scratch.ts";

export interface Rehearsed {
  /** What Asterisk said of the files; where there is anything, nothing was telephoned. */
  faults: Fault[];
  calls: GoldenCall[];
  /** The dialplan as Asterisk has it. */
  loaded: string[];
}

/** Half a minute at most; everything on this machine's loopback, and nothing of it stays. */
export async function rehearseDialplan(
  files: ReleaseFiles,
  { progress, told }: { progress(line: string): void; told(call: GoldenCall): void },
): Promise<Rehearsed> {
  const run = repositoryFile(".hearback/dialplan");
  mkdirSync(run, { recursive: true });
  const scratch = await startScratch({ files, dir: mkdtempSync(join(run, "scratch-")), progress });
  if (!("stop" in scratch)) return { ...scratch, calls: [], loaded: [] };
  const { faults, loaded } = scratch;
  try {
    return {
      faults,
      loaded,
      calls: faults.some(({ level }) => level === "fault") ? [] : await goldenCalls(scratch, files, told),
    };
  } finally {
    await scratch.stop();
  }
}
