/** Everything that was decided about a visit, as the database remembers it; of the person nothing. */
import type { Disposition } from "#call/disposition.ts";
import type { Campaign } from "./campaign.ts";
import type { SettledBy } from "./evidence.ts";

export interface VisitHistory {
  visitId: string;
  visitRef: string;
  campaign: Campaign;
  status: "due" | "calling" | "done" | "held" | "withdrawn";
  disposition: Disposition;
  /** Attempts that counted. */
  counted: number;
  notBefore: Date;
  nextReason: AttemptReason;
  importedAt: Date;
  doNotCallReason: string | null;
  dataFault: string | null;
  changes: VisitChange[];
  attempts: AttemptRecord[];
  callbacks: { askedAt: Date; due: Date; state: "promised" | "kept" | "broken" | "withdrawn" }[];
  /** Those that hold for this number or this person. */
  optOuts: {
    scope: "number" | "person" | "pair";
    source: string;
    /** What a list said of the person. */
    because: string | null;
    writtenAt: Date;
    withdrawnAt: Date | null;
  }[];
  /** Looked at and not called, without an attempt. */
  passedOver: { at: Date; because: string; until: Date | null }[];
  /** Why nothing is called at all just now, in staff's words; null: dialling goes on. */
  stoppedBecause: string | null;
}

type AttemptReason = "first" | "retry" | "callback" | "ring_back";

/** The visit's row as it was changed to. */
export interface VisitChange {
  at: Date;
  status: VisitHistory["status"];
  disposition: Disposition;
  notBefore: Date;
  nextReason: AttemptReason;
  /** Staff who did it; null: Hearback itself. */
  by: string | null;
}

export interface AttemptRecord {
  number: number;
  reason: AttemptReason;
  /** The one repeat of a promised call. */
  again: boolean;
  state: "intent" | "dialing" | "live" | "unknown" | "ended" | "refused";
  claimedAt: Date;
  dialedAt: Date | null;
  ringingAt: Date | null;
  answeredAt: Date | null;
  endedAt: Date | null;
  disposition: Disposition | null;
  cause: number | null;
  sipCode: number | null;
  counts: boolean;
  refusedBecause: string | null;
  /** By what its outcome was found afterwards; null: it was seen, or is still sought. */
  evidence: SettledBy | null;
  /** What was done in the call; null where nobody answered. */
  call: { keys: number; stories: number; endedBy: "us" | "them" | "fault" | null; lastStep: string } | null;
}
