/**
 * What the HTTP API needs of the rest of the house. Who asks comes with each act, and with whatever is read of patients,
 * for the audit. Implemented in postgres/, joined in api-parts.ts.
 */
import type { AuditWho } from "#access/audit.ts";
import type { TokenBook } from "#access/ports.ts";
import type { VitalSigns } from "#alerts/vital-signs.ts";
import type { Disposition } from "#call/disposition.ts";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import type { ImportOptions, ImportReport } from "#campaign/import-visits.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/logger.ts";

export interface ApiParts {
  tokens: Pick<TokenBook, "find" | "used">;
  answers: AnswerBook;
  campaigns: CampaignDesk;
  imports: ImportDesk;
  visits: VisitDesk;
  results: ResultDesk;
  recordings: RecordingDesk;
  optOuts: OptOutDesk;
  dialling: StopSwitch;
  vitals(): Promise<VitalSigns>;
  requestsPerMinute: number;
  clock: Clock;
  logger: Logger;
}

/** By key: what follows `after`, the last id of the page before; null: from the beginning. */
export interface PageOf {
  after: string | null;
  limit: number;
}

export interface Page<T> {
  items: T[];
  /** To be given as `after`; null where nothing follows. */
  next: string | null;
}

/** What was answered under an Idempotency-Key, for 24 hours. */
export interface AnswerBook {
  /** `running`: the first request with this key has not been answered yet. A crash is forgotten after ten minutes. */
  claim(
    tokenId: string,
    key: string,
  ): Promise<{ kind: "new" } | { kind: "running" } | { kind: "answered"; answer: Answer; request: Buffer }>;
  /** A keyed hash: what was asked may hold a telephone number. */
  requestHash(text: string): Buffer;
  keep(tokenId: string, key: string, request: Buffer, answer: Answer): Promise<void>;
  /** It came to nothing: the key may be used again. */
  forget(tokenId: string, key: string): Promise<void>;
}

export interface Answer {
  status: number;
  contentType: string;
  location: string | null;
  body: string;
}

export interface NewCampaign {
  name: string;
  trust: string;
  unit: string;
  rehearsal: boolean;
  settings: CampaignSettings;
}

export interface CampaignStanding {
  campaign: Campaign;
  visits: number;
  due: number;
  calling: number;
  dispositions: Record<string, number>;
}

export interface CampaignDesk {
  page(of: PageOf): Promise<Page<Campaign>>;
  find(name: string): Promise<Campaign | null>;
  /** @throws AppError `campaign_exists`, `campaign_settings` */
  create(campaign: NewCampaign, who: AuditWho): Promise<Campaign>;
  /** @throws AppError `campaign_missing` */
  standing(name: string): Promise<CampaignStanding>;
  /** @throws AppError `campaign_missing`, `campaign_status`, `campaign_not_ready` */
  move(name: string, to: "running" | "paused" | "stopped", who: AuditWho): Promise<Campaign>;
}

export interface ImportDesk {
  run(
    campaign: Campaign,
    list: Pick<ImportOptions, "bytes" | "encoding" | "keep"> & { skipBad: boolean },
    who: AuditWho,
  ): Promise<ImportReport>;
}

/** Of a person nothing but the visit's own reference and what it was: no number, no name. */
export interface VisitRow {
  id: string;
  visitRef: string;
  campaign: string;
  status: VisitStatus;
  disposition: Disposition;
  attempts: number;
  notBefore: Date;
  visitAt: Date | null;
  site: string | null;
  ward: string | null;
  service: string | null;
  language: string | null;
  doNotCallReason: string | null;
  dataFault: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export const visitStatuses = ["due", "calling", "done", "held", "withdrawn"] as const;
export type VisitStatus = (typeof visitStatuses)[number];

export interface VisitDesk {
  page(of: PageOf & { campaignId: string; status: VisitStatus | null }): Promise<Page<VisitRow>>;
  find(id: string): Promise<VisitRow | null>;
  /**
   * hold: not called until released. release: due again. withdraw: never called, promises and all. `by`: who says so.
   * @throws AppError `visit_missing`, `visit_status` (it is over), `visit_being_called` (its telephone rings just now)
   */
  move(id: string, how: "hold" | "release" | "withdraw", by: string, who: AuditWho): Promise<VisitRow>;
}

export interface ResultFilter {
  campaign: string | null;
  disposition: Disposition | null;
  /** Changed at or after this moment. */
  since: Date | null;
}

/** A row of the view survey_result, and the moment of its last change to the microsecond. */
export type ResultRecord = Record<string, unknown> & { visit_id: string; story_id: string | null };

export interface ResultPage extends Page<ResultRecord> {
  /** Whatever changed before this moment is in these pages: the next round's `since`. */
  settledUntil: Date;
}

export interface ResultDesk {
  /** In the order in which they changed. @throws AppError `cursor_wrong` */
  page(of: PageOf & ResultFilter, who: AuditWho): Promise<ResultPage>;
  find(visitId: string, who: AuditWho): Promise<ResultRecord | null>;
}

export interface RecordingDesk {
  /** One listen, however many ranges of it are asked for. As it is stored, A-law or 16-bit PCM, with its SHA-256; null where none is kept, or it was deleted. */
  read(storyId: string, who: AuditWho): Promise<{ bytes: Uint8Array; sha256: string } | null>;
}

export interface OptOutRow {
  id: string;
  scope: "number" | "person" | "pair";
  source: string;
  trust: string;
  unit: string;
  callId: string | null;
  writtenAt: Date;
  withdrawnAt: Date | null;
}

export interface OptOutDesk {
  page(of: PageOf & { standing: boolean }): Promise<Page<OptOutRow>>;
  /** One that stands already is given back as it is. @param who E.164, or an NHS number */
  add(
    optOut: { who: { phone: string } | { nhsNumber: string }; trust: string; unit: string },
    by: AuditWho,
  ): Promise<{ optOut: OptOutRow; isNew: boolean }>;
  /** Withdrawing twice changes nothing. @throws AppError `opt_out_missing` */
  withdraw(id: string, by: AuditWho): Promise<OptOutRow>;
}

/** All dialling stands still. */
export interface Stopped {
  at: Date;
  by: string;
  because: string;
}

export interface StopSwitch {
  stopped(): Promise<Stopped | null>;
  /** Where all is stopped already, that stop stands, and is given back. */
  stop(asked: Omit<Stopped, "at">, who: AuditWho): Promise<Stopped>;
  /** @returns what is over; null where nothing was stopped */
  resume(asked: { by: string }, who: AuditWho): Promise<Stopped | null>;
}
