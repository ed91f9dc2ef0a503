/** What all instances know together of the Asterisks that calls are made on. Implemented in postgres/nodes.ts. */

export interface NodeIdentity {
  name: string;
  /** Asterisk's own; no two may have the same. */
  entityId: string;
  version: string;
  /** Null without a limit. */
  maxCalls: number | null;
  /** Its share of the calls beside the others'. */
  weight: number;
}

/** How we see one of them. */
export interface NodeLink {
  node: string;
  /** Of the Asterisk that we found there; null before the first. */
  entityId: string | null;
  state: string;
}

export type Admission = { kind: "admitted" } | { kind: "refused"; because: string };

/** How one stands, whoever looks. */
export interface NodeStanding {
  node: string;
  /** It is to have no new calls. */
  draining: boolean;
  /** Calls that other instances have there. */
  othersCalls: number;
}

export interface Standings {
  nodes: NodeStanding[];
  /** Trunks that staff have taken out of use (trunk-desk.ts); none, where no node was ever admitted. */
  trunksOut: string[];
}

export interface NodeBook {
  /** Before a node is used at all. Refused: it has another's entityid, or another instance knows its name otherwise. */
  admit(node: NodeIdentity): Promise<Admission>;
  /** Tells how we see them, and reads how they stand; one that was never admitted is not among those. */
  exchange(links: readonly NodeLink[]): Promise<Standings>;
  /** We use none of them any more. */
  leave(): Promise<void>;
}
