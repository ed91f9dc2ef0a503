/** What those who govern a trust's data need. Implemented in postgres/governance-desk.ts and its neighbours. */
import type { AuditFilter, AuditRecord } from "#access/audit.ts";
import type { SignedIn } from "#access/rights.ts";

export interface Retention {
  trust: string;
  /** Null: kept until somebody says otherwise. */
  storyDays: number | null;
  personDays: number | null;
  changedAt: Date | null;
  changedBy: string | null;
}

/** What a retention run would take today, and how much the coming 30 days. */
export interface RetentionOutlook {
  storiesNow: number;
  storiesSoon: number;
  personsNow: number;
  personsSoon: number;
}

export interface PersonRequest {
  id: string;
  trust: string;
  byNumber: boolean;
  /** e.g. "number ending 042". */
  shown: string;
  reason: string;
  madeByName: string;
  madeAt: Date;
  copiedAt: Date | null;
  erasedAt: Date | null;
  erased: Record<string, number> | null;
}

/** How much is held of a person. */
export interface Held {
  visits: number;
  /** Of those: still to be called, or being called. */
  open: number;
  calls: number;
  stories: number;
  optOuts: number;
}

export interface GovernanceDesk {
  audit(
    who: SignedIn,
    filter: AuditFilter,
    page: { before: number | null; limit: number },
  ): Promise<{ items: AuditRecord[]; next: number | null }>;
  /** A line at a time, the heading first; that it was exported is in the audit before its first line. */
  auditCsv(who: SignedIn, filter: AuditFilter, reason: string): Promise<AsyncIterable<string>>;
  /** Of each of the user's trusts, in the order of their names. */
  retention(who: SignedIn): Promise<(Retention & { outlook: RetentionOutlook })[]>;
  /** @throws AppError `not_yours` */
  keepFor(
    who: SignedIn,
    to: Pick<Retention, "trust" | "storyDays" | "personDays">,
    reason: string,
  ): Promise<void>;
  /** @param key E.164, or an NHS number of ten digits. @throws AppError `not_yours` */
  askFor(
    who: SignedIn,
    of: { key: { phone: string } | { nhsNumber: string }; trust: string; reason: string },
  ): Promise<string>;
  requests(who: SignedIn): Promise<PersonRequest[]>;
  /** Null: there is none, or it is of another trust. */
  request(who: SignedIn, id: string): Promise<(PersonRequest & { held: Held }) | null>;
  /** A ZIP of everything held: data.json, and each story's sound. Null: there is no such request. */
  copy(who: SignedIn, id: string): Promise<Uint8Array | null>;
  /**
   * Stories with all that was made of them, names and numbers go; the rating stays, as nobody's. Once more: what came since.
   * @throws AppError `person_on_the_line`: one of their calls is going on
   */
  erase(who: SignedIn, id: string, also: { neverCall: boolean }): Promise<PersonRequest | null>;
}
