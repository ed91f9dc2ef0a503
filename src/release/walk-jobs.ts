/**
 * The draft walked on the wish of somebody at a page: one walk at a time in the whole house, held by one instance with a
 * lease, so that another takes it up where that one ends. Implemented in postgres/walk-jobs.ts.
 */
import type { Author } from "./ports.ts";

/** `waiting`: nobody has it yet, or whoever had it is no more. `failed`: there is no report; `problem` says why. */
export type WalkJobState = "waiting" | "walking" | "done" | "failed" | "stopped";

export interface WalkJobProgress {
  /** Calls in all, those that have ended, and of them those with a fault. */
  walks: number;
  done: number;
  failed: number;
  /** What happened last, for whoever waits. */
  line: string;
}

export interface WalkJob extends WalkJobProgress {
  id: string;
  state: WalkJobState;
  by: Author;
  askedAt: Date;
  endedAt: Date | null;
  /** Somebody asked to stop it; it ends within a moment. */
  stopping: boolean;
  problem: string | null;
  /** Of the files that were walked; null before. */
  digest: string | null;
}

export const isUnderWay = ({ state }: Pick<WalkJob, "state">): boolean =>
  state === "waiting" || state === "walking";

/** For those who ask. */
export interface WalkOrders {
  /** `under-way`: one is, whoever's; nothing was added. */
  order(by: Author): Promise<"ordered" | "under-way">;
  /** @returns false where none is under way */
  stop(by: Author): Promise<boolean>;
  /** The latest; null: there was none yet. */
  latest(): Promise<WalkJob | null>;
}

/** For instances, which walk. */
export interface WalkWork {
  /** One that waits, or whose holder has given no sign of life; null: there is none. */
  take(): Promise<{ id: string; by: Author } | null>;
  /** A sign of life. `lost`: another instance has it by now. */
  beat(id: string, progress: WalkJobProgress, digest: string): Promise<"go on" | "stop" | "lost">;
  /** Does nothing where another instance has it by now. */
  end(id: string, how: { state: "done" | "failed" | "stopped"; problem?: string }): Promise<void>;
  /** This instance ends: another may go on with it at once. */
  giveBack(id: string): Promise<void>;
}
