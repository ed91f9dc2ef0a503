/** One visit and everything that happened; implemented in postgres/room-visits.ts. Null: not there, or not theirs. */
import type { SignedIn } from "#access/rights.ts";
import type { Disposition } from "#call/disposition.ts";
import type { VisitHistory } from "#campaign/visit-history.ts";

export interface FoundVisit {
  visitId: string;
  visitRef: string;
  campaign: string;
  status: VisitHistory["status"];
  disposition: Disposition;
}

/** A visit, its decisions, and what happened inside its calls; of the person, of words and of sound nothing. */
export interface CallRecord {
  trust: string;
  history: VisitHistory;
  steps: { flow: string; step: string; at: Date }[];
  keys: { flow: string; step: string; digit: string; at: Date }[];
  parts: { take: number; part: number; at: Date; durationMs: number | null; state: string }[];
  stories: {
    take: number;
    state: "open" | "kept" | "superseded" | "deleted";
    audio: "waiting" | "stored" | "discarded";
    discardedBecause: string | null;
    at: Date;
  }[];
  transcripts: {
    take: number;
    state: "waiting" | "done" | "no_words" | "failed";
    engine: string | null;
    heldBecause: string | null;
    failedBecause: string | null;
    at: Date;
  }[];
}

export type StaffMove = "hold" | "release" | "withdraw" | "retry";

export interface PromiseLine {
  visitId: string;
  visitRef: string;
  campaign: string;
  due: Date;
  askedAt: Date;
  state: "promised" | "kept" | "broken";
  tries: number;
  beingCalled: boolean;
}

export interface VisitRoom {
  find(who: SignedIn, visitRef: string): Promise<FoundVisit[]>;
  call(who: SignedIn, visitId: string): Promise<CallRecord | null>;
  /** @throws AppError `visit_status`, `visit_being_called`, `visit_not_to_be_called` */
  move(who: SignedIn, visitId: string, move: { how: StaffMove; reason: string }): Promise<true | null>;
  /** What is promised, and what was kept or broken since then; soonest first. */
  promises(who: SignedIn, since: Date): Promise<PromiseLine[]>;
}
