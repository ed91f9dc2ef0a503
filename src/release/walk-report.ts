/** What a rehearsal's pretend callers met (rehearsal/walks); kept with the draft's digest, and shown on its page. */

/** What did not come as it should have. */
export interface WalkFault {
  /** Where in the flow; null: before its first step. */
  step: string | null;
  expected: string;
  got: string;
}

/** One call of a walk, as it went. */
export interface WalkedCall {
  flow: string;
  /** Of the flow test whose caller it was. */
  name: string;
  passed: boolean;
  /** The steps that it came to, in order. */
  steps: string[];
  /** What the caller pressed. */
  keys: string;
  /** "question, key 2" ... */
  ways: string[];
  /** Prompts, with their language, that were heard at the far end, in order. */
  heard: string[];
  faults: WalkFault[];
  durationMs: number;
  /** How late its sound was at the worst, because the machine was busy. */
  lateMs: number;
  /** Of tries before, each of which failed while the machine was late: what was wrong then. */
  earlier: WalkFault[][];
}

/** One of the calls over real SIP that every dialplan must carry (rehearsal/dialplan/golden-calls.ts). */
export interface GoldenCall {
  name: string;
  expected: string;
  /** The same words where it went well. */
  seen: string;
}

export interface WalksReport {
  /** Of the files that were walked (release/files.ts). */
  digest: string;
  /** Every branch was walked, and every caller heard what they should have. */
  passed: boolean;
  begunAt: string;
  durationMs: number;
  walks: WalkedCall[];
  /** Made with the dialplan of these files; none where it is the one that Hearback came with. */
  goldenCalls: GoldenCall[];
  /** Branches to which no walk leads, a sentence each. */
  uncovered: string[];
  /** Branches that only calls take which no pretend telephone can make, such as to staff; their flow tests pass. */
  onPaperOnly: string[];
  /** Why there was no walk at all, a sentence each. */
  obstacles: string[];
}

/** A report as it comes back from where it was kept; null: not one of ours, or of a version before. */
export function readWalksReport(kept: unknown): WalksReport | null {
  const report = kept as Partial<WalksReport> | null;
  if (typeof report !== "object" || !Array.isArray(report?.walks)) return null;
  if (!report.walks.every((walk) => Array.isArray(walk.earlier))) return null;
  return { goldenCalls: [], ...report } as unknown as WalksReport;
}

/** `at step yes: expected "very-good (en-GB)", but "poor (en-GB)" was heard` */
export const tellWalkFault = ({ step, expected, got }: WalkFault): string =>
  `${step === null ? "before the first step" : `at step ${step}`}: expected ${expected}, but ${got}`;

/** "80 walks, 2 failed; 3 were walked again, since the machine was late" */
export function tellWalkSums({ walks }: Pick<WalksReport, "walks">): string {
  const failed = walks.filter(({ passed }) => !passed).length;
  const again = walks.filter(({ earlier }) => earlier.length > 0).length;
  const sums = `${walks.length} walks, ${failed === 0 ? "all passed" : `${failed} failed`}`;
  return again === 0 ? sums : `${sums}; ${again} walked again, because the machine was late`;
}

/** "5 of 5 golden calls by the draft's own hooks went as they should" */
export function tellGoldenSums(calls: readonly GoldenCall[]): string {
  const well = calls.filter(({ expected, seen }) => expected === seen).length;
  return `${well} of ${calls.length} golden calls by the draft's own hooks went as they should`;
}
