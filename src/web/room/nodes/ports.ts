/** The Asterisks and trunks that calls are made on, as the pages of telecoms staff show and move them. */
import type { SignedIn } from "#access/rights.ts";
import type { NodeView } from "#campaign/node-desk.ts";

/** How fast a trunk is dialled, by all instances together. */
export interface TrunkLine {
  trunk: string;
  /** Of its calls a second; less than 1 while it refuses calls (campaign/trunk-breaker.ts). */
  share: number;
  /** What it made of calls since `since`. */
  ended: number;
  refused: number;
  since: Date;
}

/** One running copy of Hearback. */
export interface InstanceLine {
  owner: string;
  /** Its last sign of life. */
  renewedAt: Date;
}

export interface Telephony {
  nodes: NodeView[];
  trunks: TrunkLine[];
  instances: InstanceLine[];
  /** Calls dialled within the last hour that are over, and how many of those the network or we failed. */
  lastHour: { ended: number; failed: number };
}

/** Implemented in postgres/room-nodes.ts. Errors: AppError `node_missing`. */
export interface NodesRoom {
  look(): Promise<Telephony>;
  drain(who: SignedIn, node: string, reason: string): Promise<void>;
  resume(who: SignedIn, node: string, reason: string): Promise<void>;
}
