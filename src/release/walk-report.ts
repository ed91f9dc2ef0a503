/** What a rehearsal's pretend callers met (rehearsal/walks); kept with the draft's digest, and shown on its page. */

/** What did not come as it should have. */
export interface WalkFault {
  /** Where in the flow; null: before its first step. */
  step: string | null;
  expected: string;
  got: string;
}

/** What was said to a caller, or what they did. */
export type CourseEntry =
  /** Prompts by their ids, in order; `cutOff`: the last of them, by a key or by hanging up. */
  | { step: string | null; said: string[]; cutOff: boolean }
  /** "presses 2" */
  | { did: string };

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
  /** In order. */
  course: CourseEntry[];
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

/** What was heard, in one language, of the prompts that the flows can say and that are recorded in it. By their ids. */
export interface PromptsHeard {
  /** BCP 47. */
  language: string;
  /** By a caller on their way through a flow, to the end. */
  heard: string[];
  /** "let-me-repeat (fft)": no caller hears it out in that flow; heard elsewhere, or by itself. */
  byThemselves: string[];
  /** Words for values (numbers, days, names of trusts) that no caller was told; heard by themselves. */
  valuesByThemselves: string[];
  /** "declined (fft)": the calls in which it was to be heard failed. */
  notHeard: string[];
  /** Of no recording in this language: what stands in for it was heard. */
  notRecorded: string[];
}

export interface WalksReport {
  /** Of the files that were walked (release/files.ts). */
  digest: string;
  /** Every branch was walked, and every caller heard what they should have. */
  passed: boolean;
  begunAt: string;
  durationMs: number;
  walks: WalkedCall[];
  /** A language each. */
  prompts: PromptsHeard[];
  /** Made with the dialplan of these files; none where it is the one that Hearback came with. */
  goldenCalls: GoldenCall[];
  /** Branches to which no walk leads, a sentence each. */
  uncovered: string[];
  /** What only calls come to which no pretend telephone can make, such as to staff; their flow tests pass. */
  onPaperOnly: string[];
  /** Why there was no walk at all, a sentence each. */
  obstacles: string[];
}

/** A report as it comes back from where it was kept; null: not one of ours, or of a version before. */
export function readWalksReport(kept: unknown): WalksReport | null {
  const report = kept as Partial<WalksReport> | null;
  if (typeof report !== "object" || !Array.isArray(report?.walks)) return null;
  if (!report.walks.every((walk) => Array.isArray(walk.earlier))) return null;
  const walks = report.walks.map((walk) => ({ ...walk, course: walk.course ?? [] }));
  return { goldenCalls: [], prompts: [], ...report, walks } as unknown as WalksReport;
}

/** `at step yes: expected "very-good (en-GB)", but "poor (en-GB)" was heard` */
export const tellWalkFault = ({ step, expected, got }: WalkFault): string =>
  `${step === null ? "before the first step" : `at step ${step}`}: expected ${expected}, but ${got}`;

/** `at greeting: hello, automated-call-from ... (cut off)`, or `the caller presses 2` */
export function tellCourse(entry: CourseEntry): string {
  if ("did" in entry) return `the caller ${entry.did}`;
  const { step, said, cutOff } = entry;
  return `${step === null ? "" : `${step}: `}${said.join(", ")}${cutOff ? " (cut off)" : ""}`;
}

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

/** A sentence each: what callers heard of a language's prompts, and what of them was heard in another way, or not. */
export function tellPrompts(prompts: PromptsHeard): string[] {
  const { language, heard, byThemselves, valuesByThemselves, notHeard, notRecorded } = prompts;
  const told = (names: readonly string[], words: string) =>
    names.length > 0 ? [`${language}: ${words}: ${names.join(", ")}`] : [];
  const values = `words for values (numbers, days, names of trusts) heard by themselves: ${valuesByThemselves.length}`;
  return [
    `${language}: ${heard.length} prompts heard by callers to their end`,
    ...told(byThemselves, "no caller hears these out in that flow; heard elsewhere, or by themselves"),
    ...(valuesByThemselves.length > 0 ? [`${language}: ${values}`] : []),
    ...told(notHeard, "not heard, since their calls failed"),
    ...told(notRecorded, "not recorded, so that what stands in for them was heard"),
  ];
}
