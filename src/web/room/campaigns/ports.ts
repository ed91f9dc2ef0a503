/** What coordinators see and do; implemented in postgres/room-campaigns.ts. Null: not there, or not theirs. */
import type { SignedIn } from "#access/rights.ts";
import type { Campaign, CampaignStanding, NewCampaign } from "#campaign/campaign.ts";
import type { CampaignRelease, Pinned } from "#campaign/campaign-release.ts";
import type { ChangedTransfers, TransferChange } from "#campaign/transfers.ts";
import type { Stopped } from "#web/ports.ts";

/** Of a campaign what its line in the list says. */
export interface CampaignLine {
  /** Settings null: this version cannot read them, and it makes no calls. */
  campaign: Omit<Campaign, "settings"> & { settings: Campaign["settings"] | null };
  visits: number;
  due: number;
  calling: number;
  /** Somebody answered the question. */
  answered: number;
  /** Calls promised and not yet made. */
  promised: number;
}

export interface CampaignRoom {
  /** Newest first. */
  list(who: SignedIn): Promise<CampaignLine[]>;
  /** @throws AppError `campaign_settings` */
  standing(who: SignedIn, campaignId: string): Promise<CampaignStanding | null>;
  /** Null where its trust is not theirs. @throws AppError `campaign_exists`, `campaign_settings` */
  create(who: SignedIn, campaign: NewCampaign): Promise<Campaign | null>;
  /** @throws AppError `campaign_status`, `campaign_not_ready` */
  move(
    who: SignedIn,
    campaignId: string,
    move: { to: "running" | "paused" | "stopped"; reason: string | null },
  ): Promise<Campaign | null>;
  release(who: SignedIn, campaignId: string): Promise<CampaignRelease | null>;
  /** @param release null: what is live */
  pin(who: SignedIn, campaignId: string, release: number | null): Promise<Pinned | null>;
  /**
   * Whom its flow may put callers through to: one set, or added.
   * @throws AppError `campaign_settings`, `transfer_missing`, `number_refused`
   */
  setTransfer(
    who: SignedIn,
    campaignId: string,
    target: string,
    change: TransferChange,
  ): Promise<ChangedTransfers | null>;
  /** Whether all dialling stands still, of every campaign of this Hearback. */
  stopped(who: SignedIn): Promise<Stopped | null>;
  stopAll(who: SignedIn, because: string): Promise<void>;
  resumeAll(who: SignedIn, because: string): Promise<void>;
}
