/** What the campaign stage needs of the database. Implemented in postgres/attempts.ts and postgres/visits.ts. */
import type { Disposition } from "#call/disposition.ts";
import type { DialOrder } from "#call/line.ts";
import type { CallingSpan } from "./calling-hours.ts";
import type { Campaign } from "./campaign.ts";
import type { Stop, Visit } from "./contact.ts";
import type { Refusal } from "./refusals.ts";

/** One try at one visit, claimed by us: state "intent", nothing dialled yet. */
export interface ClaimedAttempt {
  id: string;
  visitId: string;
  campaignId: string;
  /** 1 for the first attempt at this visit. */
  number: number;
  /** "ring_back": the person rang us; nothing was dialled, and nothing counts. */
  reason: "first" | "retry" | "callback" | "ring_back";
  /** BCP 47: the list's for this visit; null: the campaign's. */
  language: string | null;
  /** Attempts at this visit before this one that counted (AttemptEnding.counts). */
  counted: number;
  /** Attempts directly before this one, in a row, that did not count: congestion and the like is not tried for ever. */
  uncountedInARow: number;
  /** Of the visit's first answered call, which it keeps; null or absent: the visit has none. */
  release?: number | null;
  /** Stands for the person where the people of a canary are drawn, and for nothing else; absent: nobody looked. */
  lot?: string;
  /** With reason "callback": this is the one repeat of a promised call that was not answered. */
  again: boolean;
}

export type CommitToRing = { kind: "committed"; order: DialOrder } | { kind: "refused"; because: Refusal };

export type WhatFollows =
  | { kind: "done" }
  | { kind: "retry"; at: Date }
  /** A promised call; `again` says whether it is the one repeat of an unanswered promise. */
  | { kind: "callback"; at: Date; again: boolean };

export interface AttemptEnding {
  /** "pending": nothing was dialled after all, the visit is as due as before. */
  disposition: Disposition;
  /** Q.850, 0 where the network gave none. */
  cause: number;
  sipCode: number | null;
  /** It rang, or may have: only then it counts towards the visit's attempts. */
  counts: boolean;
  /** The number's telephone rang, or may have: its one call of the day is spent. A busy one did not. */
  rang: boolean;
  /** Somebody was reached: one survey of the person's contact budget is spent. */
  contact: boolean;
  /** They answered and heard nothing of us in time. */
  silent: boolean;
  /** Until then nobody else at this number is called either; a promised call is. Null: no such rest. */
  numberRestsUntil: Date | null;
  follows: WhatFollows;
  /** What became of the promised call that this attempt was to keep; null: it was none, or it is tried again. */
  promise: "kept" | "broken" | null;
}

export interface CampaignLook {
  /** Attempts of ours and of others that are neither ended nor unknown. */
  inFlight: number;
  /** Whether a visit's time has come; whether it may be called is for `claim` to say. */
  due: boolean;
}

export interface Ledger {
  /** Those whose settings can be read; a damaged one does not stop the others. */
  runningCampaigns(): Promise<Campaign[]>;
  /** Writes when a campaign's telephones may ring; commitToRing tests the database's clock against it. */
  writePermittedSpans(campaignId: string, spans: CallingSpan[]): Promise<void>;
  /** What is looked at five times a second, mostly in vain. */
  look(campaignId: string): Promise<CampaignLook>;
  /**
   * Due visits become attempts in state "intent": at most `limit`, one a number and one a person. Visits met on the
   * way that are not to be rung (refusals.ts) are done with, or put off; a campaign whose cap of the day is reached, and
   * a stopped installation, have none.
   */
  claim(campaign: Campaign, limit: number): Promise<ClaimedAttempt[]>;
  /**
   * The one statement that re-checks all and moves "intent" to "dialing" with the database's clock. A refused attempt is
   * closed by the ledger itself (nothing rang, nothing counts, the visit as it was); the dialer does no more with it.
   * `node`: where it is to be dialled, written with the attempt; refused while that one drains.
   */
  commitToRing(
    attempt: ClaimedAttempt,
    campaign: Campaign,
    node: string,
    trunk?: string | null,
  ): Promise<CommitToRing>;
  ringing(attemptId: string): Promise<void>;
  /** Writes the attempt's end and, in the same transaction, what follows for the visit. */
  end(attempt: ClaimedAttempt, ending: AttemptEnding): Promise<void>;
  /** Attempts left open by a process that is no more (a crash); each is ours alone to settle from here on. */
  takeOverAbandoned(): Promise<AbandonedAttempt[]>;
}

/** The trunks' calls per second, shared by all instances, and slowed while a trunk refuses calls. */
export interface TrunkPace {
  /** At most `most` calls may begin now: one by each trunk that this resolves to. */
  take(most: number): Promise<readonly string[]>;
  /** Those taken that no visit was due for: kept for our next calls. */
  giveBack(trunks: readonly string[]): void;
  /** A call of ours came to its end, refused by the trunk or not (trunk-breaker.ts); null: by one that is not known. */
  told(trunk: string | null, refused: boolean): void;
  /** Calls are to go by the trunks that `take` says. */
  readonly chooses: boolean;
  /** As `take` last found it. */
  readonly callsPerSecond: number;
  /** Of the full pace: 1 when all is well. */
  readonly share: number;
}

export interface AbandonedAttempt extends ClaimedAttempt {
  state: "intent" | "dialing" | "live";
  channelId: string;
  dialedAt: Date | null;
  /** The Stasis application under which its channel lives; null where its instance had none. */
  app: string | null;
  /** The Asterisk on which it was dialled; null where it never came to that. */
  node: string | null;
  /** Since that instance's last sign of life, when this was read; null where there never was one. */
  silentMs: number | null;
  /** The call that was going on, as far as it was kept. */
  call: {
    id: string;
    flowState: unknown;
    /** The release that it began with; null: the folders. */
    release: number | null;
    /** How it ended, where it had come to its own end and only the attempt's was not written; else null. */
    ended: Disposition | null;
    /** Of the last step kept. */
    sequence: number;
    partsBegun: { name: string; agoMs: number }[];
  } | null;
}

/** An attempt that was settled, whose call was cut off by a fault or whose answers came late; as it stood before it counted. */
export interface CutOffAttempt extends ClaimedAttempt {
  disposition: Disposition;
  flowState: unknown;
  /** What the call's row has, whatever the state has of it. */
  said: {
    rating: number | null;
    declined: boolean;
    wrongPerson: boolean;
    answered: boolean;
    optedOut: boolean;
    /** Promised in this call; ISO 8601. */
    callbackAt: string | null;
  };
  callEnded: boolean;
}

/** A visit with the line of its file on which its row begins (the header is line 1). */
export interface ImportedVisit extends Visit {
  line: number;
}

/** Where imported visits go. */
export interface VisitLists {
  /**
   * One transaction: commits when `work` resolves, rolls back and rethrows when it throws (nothing is kept of it then).
   * A second import into the same campaign waits for the first.
   */
  withImport<T>(campaignId: string, work: (sink: VisitSink) => Promise<T>): Promise<T>;
}

export interface VisitSink {
  /**
   * Adds the visits that the campaign does not have yet, by visitRef; those it has are left as they are, except that a
   * row with a reason not to call, or with a status, stops its visit (contact.ts isStop). At most 1000
   * rows a call, no visitRef twice in one call; a visitRef may come again in a later call of the same import.
   */
  addVisits(rows: ImportedVisit[]): Promise<VisitsAdded>;
  /** Stops those of these visits that the campaign has. */
  stopVisits(stops: Stop[]): Promise<Pick<VisitsAdded, "stopped" | "ringing">>;
}

export interface VisitsAdded {
  added: number;
  /** The campaign had them already, with the same content. */
  same: number;
  /** It had them, and they are not called any more, as their rows want it; nothing else of those rows is taken over. */
  stopped: number;
  /** Of these, visits whose telephone rings, or is answered, just now: that call goes on, and is the last. */
  ringing: number;
  /** Lines of rows whose visitRef the campaign has already with another content: not added, nothing changed. */
  differ: number[];
}
