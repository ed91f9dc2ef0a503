/** What staff see of the trunks that calls go by, and may do to them. Implemented in postgres/trunk-desk.ts. */

/** What each node's own trunk is called where staff have named none: one name for all of them. */
export const unnamedTrunk = "trunk";

export interface TrunkView {
  trunk: string;
  /** That were dialled by it and ring or are held now; those to the staff, and from outside, are not among them. */
  calls: number;
  /** Of its calls a second; less than 1 while it refuses calls (trunk-breaker.ts). */
  share: number;
  /** What it made of calls since `since`. */
  ended: number;
  refused: number;
  since: Date;
  draining: { since: Date; by: string } | null;
}

export interface TrunkDesk {
  /** Those that calls go by, of all instances, and whatever is out of use. */
  list(): Promise<TrunkView[]>;
  /**
   * No new calls on it, on any instance, until `resume`; calls going on come to their end. Draining already: it stays
   * as it was.
   * @param reason for the audit, in the words of whoever does it @throws AppError `trunk_missing`
   */
  drain(trunk: string, by: string, reason?: string | null): Promise<void>;
  /** @returns whether it was draining @throws AppError `trunk_missing` */
  resume(trunk: string, by: string, reason?: string | null): Promise<boolean>;
}
