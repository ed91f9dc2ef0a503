/** The Asterisks and trunks that calls are made on, as the pages of telecoms staff show and move them. */
import type { SignedIn } from "#access/rights.ts";
import type { NodeView } from "#campaign/node-desk.ts";
import type { TrunkView } from "#campaign/trunk-desk.ts";

/** One running copy of Hearback. */
export interface InstanceLine {
  owner: string;
  /** Its last sign of life. */
  renewedAt: Date;
}

export interface Telephony {
  nodes: NodeView[];
  trunks: TrunkView[];
  instances: InstanceLine[];
  /** Calls dialled within the last hour that are over, and how many of those the network or we failed. */
  lastHour: { ended: number; failed: number };
}

/** Implemented in postgres/room-nodes.ts. Errors: AppError `node_missing`, `node_in_use`, `trunk_missing`. */
export interface NodesRoom {
  look(): Promise<Telephony>;
  drain(who: SignedIn, node: string, reason: string): Promise<void>;
  resume(who: SignedIn, node: string, reason: string): Promise<void>;
  remove(who: SignedIn, node: string, reason: string): Promise<void>;
  drainTrunk(who: SignedIn, trunk: string, reason: string): Promise<void>;
  resumeTrunk(who: SignedIn, trunk: string, reason: string): Promise<void>;
}
