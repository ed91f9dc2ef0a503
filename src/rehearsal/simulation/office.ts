import type { CallLog } from "#call/ports.ts";
import type { Campaign, NewCampaign } from "#campaign/campaign.ts";
import type { ImportedVisit, VisitsAdded } from "#campaign/ports.ts";
import type { PromiseBook } from "#campaign/promises.ts";
import type { LeasedLedger } from "./memory-ledger.ts";

/** Everything that the simulation does to a ledger beside dialling: what staff, lists and calls do. */
export interface Office {
  ledger(owner: string, leaseMs: number): LeasedLedger;
  calls: CallLog;
  promises: PromiseBook;
  create(campaign: NewCampaign): Promise<Campaign>;
  campaign(id: string): Promise<Campaign | null>;
  move(campaign: Campaign, to: "running" | "paused"): Promise<void>;
  add(campaignId: string, visits: ImportedVisit[]): Promise<VisitsAdded>;
  /** The ids of these, by reference. */
  idsOf(campaignId: string, visitRefs: string[]): Promise<Map<string, string>>;
  optOut(phone: string): Promise<void>;
  /** False where the visit's state does not allow it, or its telephone rings just now. */
  moveVisit(id: string, how: "hold" | "release" | "withdraw"): Promise<boolean>;
  stopAll(stopped: boolean): Promise<void>;
  /** As it stands at the end. */
  standing(): Promise<Standing>;
}

export interface Standing {
  visits: StandingVisit[];
  promises: { visitId: string; dueMs: number; state: "promised" | "kept" | "broken" | "withdrawn" }[];
  /** Attempts that are neither ended nor unknown. */
  open: { id: string; visitId: string; state: string }[];
}

export interface StandingVisit {
  id: string;
  visitRef: string;
  campaignId: string;
  status: string;
  disposition: string;
  notBeforeMs: number;
  attempts: number;
}
