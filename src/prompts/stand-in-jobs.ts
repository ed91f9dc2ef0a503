/**
 * Stand-ins for the draft's prompts on the wish of somebody at a page: one job at a time in each instance. What it made
 * is saved at its end, as one save of whoever asked. Implemented in stand-in-work.ts.
 */

import type { ReleaseFiles } from "#release/files.ts";
import type { Author } from "#release/ports.ts";
import type { FileChanges } from "./accept-sound.ts";

export interface StandInJob {
  language: string;
  by: Author;
  askedAt: Date;
  /** Null: it goes on. */
  endedAt: Date | null;
  /** Prompts that a machine said now. */
  made: string[];
  /** Prompts whose words changed since a person recorded them. */
  leftAlone: string[];
  /** Why none was kept; null: no trouble. */
  problem: string | null;
  /** Who wished that it ends, unless it was over by then; null: nobody. */
  stoppedBy: Author | null;
}

export interface StandInJobs {
  /** `under-way`: one is, whoever's; nothing was begun. */
  order(language: string, by: Author): "ordered" | "under-way";
  /** What is under way ends, and none of it is kept; what is being saved already is. */
  stop(by: Author): void;
  /** The latest; null: there was none since this instance began. */
  latest(): StandInJob | null;
}

/** What the process is asked that says them, and what it answers. */
export interface StandInOrder {
  files: ReleaseFiles;
  language: string;
}

export interface StandInsSaid {
  changes: FileChanges;
  made: string[];
  leftAlone: string[];
}

export type StandInAnswer = { kind: "said"; said: StandInsSaid } | { kind: "trouble"; problem: string };
