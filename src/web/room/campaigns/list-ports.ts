/** Lists of visits that coordinators upload; implemented in postgres/room-lists.ts. */
import type { SignedIn } from "#access/rights.ts";
import type { Campaign } from "#campaign/campaign.ts";
import type { Encoding } from "#campaign/csv-text.ts";
import type { ImportReport } from "#campaign/import-visits.ts";
import type { Refusal } from "#campaign/refusals.ts";

/** What would become of a visit that a list brings. */
export interface Fate {
  visitRef: string;
  /** `now`: as soon as the campaign runs and its pace allows. */
  called: "now" | "later" | "never";
  because: Refusal | null;
  /** Not before then; null with `now` and `never`. */
  from: Date | null;
}

export interface ListPreview {
  campaign: Campaign;
  encoding: Encoding;
  /** Of an import of its good rows; "refused" where the list cannot be read as one. */
  report: ImportReport;
  /** Of all visits that it would add. */
  fates: Fate[];
}

/** Null: the campaign is not there, or not theirs; or the list is not there any more, or another's. */
export interface ListRoom {
  /**
   * Keeps a list, encrypted, for an hour and for whoever sent it; their earlier one for this campaign goes.
   * @param keep names of columns to be kept beside the known ones
   * @returns its id
   */
  keep(
    who: SignedIn,
    campaignId: string,
    list: { bytes: Buffer; keep: readonly string[] },
  ): Promise<string | null>;
  /** Imports it and takes all of that back. */
  preview(who: SignedIn, list: ListOf): Promise<ListPreview | null>;
  /** The bad rows as CSV, numbers and all, each with what is wrong: made anew, kept nowhere. */
  rejects(who: SignedIn, list: ListOf): Promise<string | null>;
  /** `refused`: nothing was imported, and the list stays. */
  confirm(who: SignedIn, list: ListOf & { skipBad: boolean }): Promise<ImportReport | null>;
  /** It was not to be imported after all. */
  drop(who: SignedIn, list: ListOf): Promise<void>;
}

export interface ListOf {
  campaignId: string;
  listId: string;
}
