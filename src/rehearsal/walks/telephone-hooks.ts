/**
 * A draft's hooks telephoned with before its flows are walked: the walks ring people, and hooks are of calls to us. The
 * golden calls of `dialplan check`, on an Asterisk of the house's files and these hooks.
 */
import { type Fault, tellFault } from "#lib/fault.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { GoldenCall } from "#release/walk-report.ts";
import { wentWell } from "../dialplan/golden-calls.ts";
import { rehearseIn } from "../dialplan/rehearse.ts";
import type { Packages } from "../packages/install.ts";
import { type Punctuality, tooLateMs } from "./punctuality.ts";

interface Telephoning {
  packages: Packages;
  /** A new folder, which is taken away. */
  makeFolder(): string;
  punctuality: Punctuality;
  tell(line: string): void;
  /** Awaited before each call; what it throws is thrown. */
  before(): Promise<void>;
}

export interface TelephonedHooks {
  calls: GoldenCall[];
  /** Why nobody may be rung by it, a sentence each. */
  obstacles: string[];
}

/** As of a walk: what fails each time while the machine is late has failed. */
const mostTries = 3;

/** Some 15 seconds, and as much again where it fails while the machine is late. @throws what `before` throws */
export async function telephoneHooks(files: ReleaseFiles, parts: Telephoning): Promise<TelephonedHooks> {
  for (let tries = 1; ; tries += 1) {
    const begun = performance.now();
    const telephoned = await tryOnce(files, parts);
    const lateMs = Math.round(parts.punctuality.worstSince(begun));
    if (telephoned.obstacles.length === 0 || lateMs <= tooLateMs || tries === mostTries) return telephoned;
    parts.tell(`golden calls: to be made again, the machine was ${lateMs} ms late`);
  }
}

async function tryOnce(
  files: ReleaseFiles,
  { packages, makeFolder, tell, before }: Telephoning,
): Promise<TelephonedHooks> {
  const { faults, calls } = await rehearseIn({
    ...{ files, dir: makeFolder(), packages, before, progress: tell },
    told: (call) => tell(`${wentWell(call) ? "passed" : "FAILED"}: golden call, ${call.name}`),
  });
  const wrong = calls.filter((call) => !wentWell(call));
  return { calls, obstacles: [...faultsOf(faults).map(tellFault), ...wrong.map(tellWrong)] };
}

const faultsOf = (faults: readonly Fault[]) => faults.filter(({ level }) => level === "fault");

const tellWrong = ({ name, expected, seen }: GoldenCall): string =>
  `a golden call by the draft's hooks went another way: ${name}: should be "${expected}", was "${seen}"; a hook that ` +
  "closes by the clock can be published while it lets calls through";
