/**
 * Versions of what telecoms staff edit: one draft for the whole house, and numbered releases that never change.
 * Implemented in postgres/releases.ts; built against by the pages and the commands.
 */
import type { Fault } from "#lib/fault.ts";
import type { CanaryFigures, CanaryVerdict } from "./canary.ts";
import type { FileChange, ReleaseFiles } from "./files.ts";

/** Who did it: somebody on the pages, whoever ran a command, or Hearback itself. */
export interface Author {
  kind: "user" | "command" | "job";
  id: string;
  /** As it was then; of staff, never of a patient. */
  name: string | null;
}

/**
 * `live`: new calls get it. `canary`: a share of new calls does, the others get the live one. `former`: it was live.
 * `withdrawn`: rolled back, by somebody or by itself; visits that began with it go on with the live one.
 */
export type ReleaseState = "canary" | "live" | "former" | "withdrawn";

export interface ReleaseSummary {
  /** 1, 2, 3 ... */
  number: number;
  state: ReleaseState;
  author: Author;
  publishedAt: Date;
  note: string;
  /** The release whose files were changed to make it; null: the folders, before there was any. */
  basedOn: number | null;
  /** Of its files (files.ts, digestOf): two releases with the same files have the same. */
  digest: string;
  /** Calls that began with it, so far. */
  calls: number;
}

export interface Release extends ReleaseSummary {
  /** Against the release that it was based on. */
  difference: FileChange[];
  /** What happened to it, oldest first: published, approved, rolled back. */
  history: ReleaseEvent[];
}

export interface ReleaseEvent {
  kind: "publish" | "approve" | "all" | "rollback" | "restore" | "refused";
  at: Date;
  by: Author;
  /** The note, the reason, or what the canary's test stated. */
  why: string;
  /** As they stood then. */
  figures: CanaryFigures | null;
}

/** One file's latest change in the draft. */
export interface DraftChange extends FileChange {
  /** The save by which it came; it can be taken back (`undo`). */
  save: string;
  author: Author;
  at: Date;
}

/** There is one draft for the whole house; while nothing was saved it is the live release, or the folders, unchanged. */
export interface Draft {
  /** The release it was begun from; null: the folders. */
  basedOn: number | null;
  files: ReleaseFiles;
  digest: string;
  /** By path; empty: nothing to publish. */
  changes: DraftChange[];
  /** Of the last save; null: none. */
  savedAt: Date | null;
  /** What can be taken back first; null: nothing was saved, or all of it was taken back. */
  lastSave: LastSave | null;
  /** The release it was begun from was rolled back since: published, the draft would bring back what that one changed. */
  baseWithdrawn: boolean;
}

export interface Save {
  path: string;
  /** Null: the file is taken out. */
  bytes: Uint8Array | null;
  /** hashOf the file as the author last saw it; null: there was none. */
  expectedHash: string | null;
}

export type Saved =
  /** `hash`: of what is there now (null: nothing), the next save's `expectedHash`; of several files, of the first. */
  | { kind: "saved"; hash: string | null }
  /** Somebody else saved meanwhile; nothing was changed. `by`, `at`: null where it is the base's file that differs. */
  | { kind: "conflict"; path: string; hash: string | null; by: Author | null; at: Date | null }
  /** Not a path that a release has (files.ts, isReleasePath), or too large. */
  | { kind: "refused"; because: string };

/** One save of the draft: of one file, or of several that belong together. */
export interface LastSave {
  id: string;
  paths: string[];
  author: Author;
  at: Date;
}

/** A draft that was thrown away: nothing of it is gone. */
export interface ThrownAway {
  id: string;
  at: Date;
  /** How many files it had changed. */
  files: number;
}

/** How a file once was: by a save, of this draft or one before it, or in a release. */
export interface FileVersion {
  /** Of what it held; null: it was taken out. */
  sha256: string | null;
  at: Date;
  author: Author | null;
  /** The first release that had it so, where it came with a release; else null. */
  release: number | null;
  /** The save was taken back. */
  undone: boolean;
}

/** What came of taking a save back. */
export type Undone =
  | { kind: "undone"; paths: string[] }
  /** There is no such save in the draft, or it was taken back before. */
  | { kind: "missing" }
  /** Somebody saved over it since; nothing was changed. */
  | { kind: "covered"; path: string; by: Author; at: Date };

/** Of the flow tests (`dialplans/flows/*.test.yaml`) and the branches that none of them takes. */
export interface TestsResult {
  /** A sentence each, behind its flow's name: "fft: ...", which test, and how it went otherwise than written. */
  failed: string[];
  /** "fft: menu, key 3": no test goes there. */
  uncovered: string[];
  passed: number;
}

/** The walks on a rehearsal Asterisk, of exactly these files. */
export interface WalkReport {
  digest: string;
  passed: boolean;
  at: Date;
  by: Author;
  /** As whoever walked them wrote it (walk-report.ts). */
  report: unknown;
}

/** All that stands between a draft and its publication. */
export interface CheckResult {
  digest: string;
  faults: Fault[];
  tests: TestsResult;
  /** What running campaigns need and these files cannot say, a sentence each; absent: none was asked about. */
  unspoken?: string[];
  /** The latest of exactly these files; null: not walked yet. */
  walk: WalkReport | null;
}

/** Why it may not be published, a sentence each; none: it may. */
export type Obstacles = string[];

export type Published =
  | { kind: "published"; number: number }
  /** `nothing-changed`, or what `obstaclesTo` the check's result are; `checked`: that result. */
  | { kind: "refused"; obstacles: Obstacles; checked?: CheckResult };

export interface Publish {
  /** What changed and why, for those who read the list. */
  note: string;
  /** Of the draft that was seen; another one is not published. */
  digest: string;
  /** Of new calls, 0.01 to 1; usually `canaryShare`. */
  share?: number;
  /** The release that the draft was begun from, by one who knows that it was rolled back since. */
  despite?: number | undefined;
}

/** What new calls get just now. */
export interface LiveState {
  /** Null: no release was published yet, and the folders are what calls say. */
  live: number | null;
  canary: {
    number: number;
    share: number;
    since: Date;
    figures: CanaryFigures;
    verdict: CanaryVerdict;
  } | null;
}

export type Moved = { kind: "done"; live: number | null } | { kind: "refused"; because: string };

/** A place in the history: a release's number, the draft, or what calls say without any release. */
export type Place = number | "draft";

export type Begun = { kind: "begun"; paths: string[] } | { kind: "refused"; because: string };

export interface ReleaseDesk {
  /** Newest first. */
  list(): Promise<ReleaseSummary[]>;
  show(number: number): Promise<Release | null>;
  /** Null where there is no such release. */
  filesOf(place: Place): Promise<ReleaseFiles | null>;
  /** Null where there is no such release, or no such file in it. */
  file(place: Place, path: string): Promise<Uint8Array | null>;
  diff(from: Place, to: Place): Promise<FileChange[] | null>;

  draft(): Promise<Draft>;
  saveFile(save: Save, author: Author): Promise<Saved>;
  /** All of them or none, taken back together. */
  saveFiles(saves: Save[], author: Author): Promise<Saved>;
  /** Newest first. */
  versionsOf(path: string): Promise<FileVersion[]>;
  /** What the file held once; null where it never did. */
  versionOf(path: string, sha256: string): Promise<Uint8Array | null>;
  /** The draft becomes what that release holds, over what is live. Refused while the draft changes anything. */
  beginFrom(release: number, author: Author): Promise<Begun>;
  /** Many at once, undone at once; what is not among them is taken out. @returns how many files that changed */
  replaceAll(files: ReleaseFiles, author: Author): Promise<number>;
  /**
   * @param save as it was seen (`lastSave`): never whatever happens to be the last by now
   * @param only of its files; absent: all of them
   */
  undo(save: string, author: Author, only?: string): Promise<Undone>;
  discard(author: Author): Promise<void>;
  /** The draft that was thrown away last; null: there was none, or there is a draft again. */
  thrownAway(): Promise<ThrownAway | null>;
  /** @param draft as it was seen (`thrownAway`). @returns false where it is not that any more, and nothing was done */
  bringBack(draft: string, author: Author): Promise<boolean>;
  /** Runs every checker and every flow test over the draft: seconds, beside the calls and not among them. */
  check(): Promise<CheckResult>;
  keepWalk(report: Omit<WalkReport, "at">): Promise<void>;
  /** The latest of exactly the draft's files that does for publishing; null: there was none yet. */
  lastWalk(): Promise<WalkReport | null>;
  /** The draft becomes the next release, a canary first. Checked once more; all or nothing. */
  publish(publish: Publish, author: Author): Promise<Published>;

  state(): Promise<LiveState>;
  /** The release that comes back where the live one is rolled back; null: what the folders hold. */
  liveBefore(): Promise<number | null>;
  /** The canary is for all from now on, whatever its figures. */
  approve(number: number, author: Author): Promise<Moved>;
  /**
   * New calls get this release from now on (not given: the canary ends, or the one that was live before comes back).
   * Calls that are going on keep theirs.
   */
  rollback(to: number | null, reason: string, author: Author, seen?: Seen): Promise<Moved>;
}

/** What was live, and on trial, when somebody decided: where it is not so any more, nothing is done. */
export interface Seen {
  live: number | null;
  canary: number | null;
}

/** Runs the checkers and tests where they take nothing from calls. Implemented in release/check-beside.ts. */
export type CheckFiles = (files: ReleaseFiles) => Promise<Pick<CheckResult, "faults" | "tests">>;
