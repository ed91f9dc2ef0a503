/** The board of calls: who is on the telephone, who was, and who is next. Implemented in postgres/room-board.ts. */
import type { SignedIn } from "#access/rights.ts";
import type { Disposition } from "#call/disposition.ts";
import type { Campaign } from "#campaign/campaign.ts";

export interface BoardLine {
  visitId: string;
  visitRef: string;
  /** Whose it is: a list may bring visits of several trusts. */
  trust: string;
  /** All but the last three digits hidden. */
  number: string;
  place: "calling" | "ended" | "next";
  attempt: "intent" | "dialing" | "live" | "unknown" | "ended" | null;
  ringing: boolean;
  /** Where in which flow the live call is. */
  flow: string | null;
  step: string | null;
  recording: boolean;
  answeredAt: Date | null;
  endedAt: Date | null;
  disposition: Disposition;
  notBefore: Date;
  /** It was promised to the patient for then. */
  promised: boolean;
}

/** How many visits stand where, by trust. */
export interface BoardCount {
  trust: string;
  status: "due" | "calling" | "done" | "held" | "withdrawn";
  count: number;
}

export interface BoardLook {
  lines: BoardLine[];
}

export interface PersonLine {
  id: string;
  visitRef: string;
  number: string;
  status: BoardCount["status"];
  disposition: Disposition;
  attempts: number;
  notBefore: Date;
}

export interface BoardRoom {
  /** The campaign, where it is theirs. */
  find(who: SignedIn, campaignId: string): Promise<Campaign | null>;
  /** All of these campaigns in one look; whose they are was asked before. */
  look(campaignIds: readonly string[]): Promise<ReadonlyMap<string, BoardLine[]>>;
  counts(campaignIds: readonly string[]): Promise<ReadonlyMap<string, BoardCount[]>>;
  /** In the order of import, fifty at a time. */
  people(
    who: SignedIn,
    campaignId: string,
    of: { status: BoardCount["status"] | null; after: string | null },
  ): Promise<{ items: PersonLine[]; next: string | null }>;
}
