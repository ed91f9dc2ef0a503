/** What is asked of a run of chaos, and what is under way in one. */
import type { FaultKind } from "./faults.ts";
import type { Outlook } from "./outlook.ts";
import type { Happened } from "./report.ts";
import type { Stage } from "./stage.ts";

export interface ChaosOptions {
  calls: number;
  kills: number;
  seed: number;
  dir: string;
  maxCalls: number;
  json: string | null;
  /** Only these kinds of fault, for looking for one thing. */
  only: readonly FaultKind[] | null;
  /** Of both instances, beside the usual ones. */
  settings: Readonly<Record<string, string>>;
  /** Leave the folder whole, also where all is well. */
  keep: boolean;
  /** Aborted by whoever wants the run to end. */
  stopping: AbortSignal;
  say(line: string): void;
  /** What is going on just now. */
  progress(line: string): void;
}

/** What is under way. */
export interface Run {
  stage: Stage;
  options: ChaosOptions;
  outlook: Outlook;
  happened: Happened;
}
