/** What staff see of the Asterisks that calls are made on, and may do to them. Implemented in postgres/node-desk.ts. */

export interface NodeView {
  name: string;
  entityId: string | null;
  version: string | null;
  /** Null without a limit of its own. */
  maxCalls: number | null;
  weight: number | null;
  /** Being rung or held there, by the ledger. */
  calls: number;
  draining: { since: Date; by: string } | null;
  /** When an instance last had it ready; null for one that was never let in. */
  seenAt: Date | null;
  /** How each living instance sees it. */
  links: { instance: string; state: string; since: Date }[];
}

export interface NodeDesk {
  list(): Promise<NodeView[]>;
  /**
   * No new calls there, on any instance, until `resume`. Draining already: it stays as it was.
   * @param reason for the audit, in the words of whoever does it @throws AppError `node_missing`
   */
  drain(name: string, by: string, reason?: string | null): Promise<void>;
  /** @returns whether it was draining @throws AppError `node_missing` */
  resume(name: string, by: string, reason?: string | null): Promise<boolean>;
  callsOn(name: string): Promise<number>;
  /**
   * Off the list for good, with all that is known of it; one that comes back is let in as a new one.
   * @param reason as above @throws AppError `node_missing`, `node_in_use`
   */
  remove(name: string, by: string, reason?: string | null): Promise<void>;
}

/** Why it may not be taken off the list, and what to do; null: it is gone, and may be. */
export function whyKept({ calls, links }: Pick<NodeView, "calls" | "links">): string | null {
  if (links.length > 0) {
    const copies = links.length === 1 ? "1 copy of Hearback uses" : `${links.length} copies of Hearback use`;
    return `${copies} it still: take it out of their settings (HEARBACK_NODES), and start them anew`;
  }
  if (calls === 0) return null;
  const going = calls === 1 ? "a call is" : `${calls} calls are`;
  return `${going} still going on there: wait until that has ended`;
}
