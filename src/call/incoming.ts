/** The ports of calls that people make to us: the telephone's side, and the database's. */
import type { Campaign } from "#campaign/campaign.ts";
import type { ClaimedAttempt } from "#campaign/ports.ts";
import type { Answered } from "#flow/carry-on.ts";
import type { FlowState } from "#flow/state.ts";
import type { Line } from "./line.ts";

/** Somebody rings us, and nobody has answered yet. One of the last three is to be called, once. */
export interface IncomingCall {
  channelId: string;
  /** The Asterisk that it came in on. */
  node: string;
  /** As the trunk gave it, in whatever spelling; empty or a word where the number is withheld. */
  from: string;
  /** The number of ours that was rung, as the trunk gave it. */
  to: string;
  answer(): Line;
  /** The caller hears the engaged tone. */
  engaged(): void;
  /** The dialplan's own apology, as when Hearback is away; also after `answer`. */
  apologise(): void;
}

export interface NewInboundCall {
  id: string;
  channelId: string;
  node: string;
  /** Hash of the caller's number; null where it is withheld, or is none that we ring. */
  phone: string | null;
  campaign: Campaign;
  flow: string;
  flowVersion: string;
  /** Null: the folders. */
  release: number | null;
  answeredAt: Date;
  state: FlowState;
}

/** Somebody whose call to us lost the process that held it: still on the line, perhaps, and nobody speaks. */
export interface CutOffCaller {
  channelId: string;
  /** The Asterisk that the call came in on. */
  node: string | null;
  /** What may still be recording them, by name. */
  recordings: string[];
}

/** Lets them hear the greeting once more; whoever has gone meanwhile is forgotten. */
export type GreetAgain = (caller: CutOffCaller) => void;

/** The visit that waits for a caller. */
export interface WaitingVisit {
  campaign: Campaign;
  /** Of its first answered call, unless that was rolled back; null: the visit has none. */
  release: number | null;
  has: Answered;
  /** BCP 47: the list's; null: the campaign's. */
  language: string | null;
}

/** What the call goes on with, in its row from the same instant on. */
export interface CarriedOn {
  flow: string;
  flowVersion: string;
  release: number | null;
  state: FlowState;
}

/** What calls to us leave in the database. Implemented in postgres/ring-back.ts. */
export interface InboundBook {
  /** Whose trust is named to one who rang this number (E.164; null: not known): the same for every caller. */
  lineOf(called: string | null): Promise<Campaign | null>;
  /**
   * What stands for whoever rings from this number where canaries are drawn: the same as in our own calls to them, so
   * that nobody meets two releases; the number's hash where no list has it.
   */
  lotOf(phoneHash: string): Promise<string>;
  /** Durable when it resolves. @returns calls of this number within the hour before this one; 0 where it is withheld */
  begin(call: NewInboundCall): Promise<number>;
  /**
   * Gives the call the visit that waits for its number, the one called last, and bars that visit and that number from
   * being rung meanwhile. Null where none waits, or where `goOn` has no way on.
   */
  carryOn(
    callId: string,
    goOn: (visit: WaitingVisit) => CarriedOn | null | Promise<CarriedOn | null>,
  ): Promise<ClaimedAttempt | null>;
  /** Ends the calls of processes that are no more, where no visit was carried on. @returns whose they were */
  endAbandoned(): Promise<CutOffCaller[]>;
}

/** Who holds the role on which Asterisk. Implemented in postgres/inbound-holders.ts. */
export interface InboundHolders {
  /** Takes the role, or keeps it, for another `forMs`. @returns whether it is ours */
  hold(node: string, forMs: number): Promise<boolean>;
  /** For the next who wants it. */
  letGo(node: string): Promise<void>;
}
