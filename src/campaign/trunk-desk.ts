/** What staff see of the trunks that calls go by, and may do to them. Implemented in postgres/trunk-desk.ts. */

export interface TrunkView {
  trunk: string;
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
