import type { CallingHours } from "./calling-hours.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** A list of visits to ask about, and the manner of asking. */
export interface Campaign {
  id: string;
  name: string;
  trust: string;
  unit: string;
  status: CampaignStatus;
  /** Made by `hearback demo`: only drama numbers, loopback only. */
  rehearsal: boolean;
  settings: CampaignSettings;
  /** That its new calls get; null or absent: the live one, and its canary. */
  release?: number | null;
}

export type NewCampaign = Omit<Campaign, "id" | "status" | "release">;

/** How many visits stand where; `due` counts those that are still to be called, now or later. */
export interface CampaignStanding {
  campaign: Campaign;
  visits: number;
  due: number;
  calling: number;
  /** By `survey_result.disposition`. */
  dispositions: Record<string, number>;
  /** Calls promised to patients and not yet made. */
  callbacks: { promised: number; next: Date | null };
  /** Calls ended as answering machines; `falseAlarms` of them were people, as a key showed too late. */
  machines: { found: number; falseAlarms: number };
  /** Of the visits that were called and whose time is known: how many first within 48 hours of it. */
  timely: { called: number; within48h: number };
}

export type CampaignStatus = "draft" | "running" | "paused" | "stopped";

export interface CampaignSettings {
  flow: string;
  language: string;
  /** BCP 47: what else people may choose by a key, where the flow has one for it. */
  offerLanguages: string[];
  /** Prompt id of the trust's name as it is spoken. */
  spokenName: string;
  /** E.164: shown as the caller; a campaign without one does not start. */
  callerNumber: string;
  /** E.164: said aloud as the number to ring back. */
  ringBackNumber: string;
  callingHours: CallingHours;
  retryPolicy: RetryPolicy;
  maxCalls: number;
  callsPerSecond: number;
  /** At least 15 (DOMAIN.md 2.1). */
  ringSeconds: number;
  storyLimitSeconds: number;
  callbacks: CallbackPolicy;
  /** A number is rung at most once a local day, over all campaigns; false only where nobody is disturbed (rehearsals). */
  numberOnceADay: boolean;
  /** So many surveys a person in so many days, over all campaigns; null: no limit. */
  contactBudget: ContactBudget | null;
  /** Calls begun in a local day, answered or not; null: no limit. */
  maxCallsADay: number | null;
  /** What calls may cost in a local day, in pence, at `costPerMinutePence` for each minute begun; null: no limit. */
  maxCostADayPence: number | null;
  costPerMinutePence: number;
  /** Whom flows may put callers through to, by name. */
  transfers: Record<string, TransferTarget>;
  /** After the visit, or after its import where the list has no time of it. */
  expiresAfterDays: number;
}

/** BCP 47: the languages that people choose among; none where they have no choice. */
export const offersOf = ({ language, offerLanguages }: CampaignSettings): string[] =>
  offerLanguages.length === 0 ? [] : [...new Set([language, ...offerLanguages])];

export interface TransferTarget {
  /** E.164. */
  number: string;
  /** As the calling hours' `days`, for this target alone; else as the campaign's. */
  open?: CallingHours["days"];
  /** A talk with them ends after so long. */
  talkMinutes: number;
}

export interface ContactBudget {
  surveys: number;
  days: number;
}

export interface CallbackPolicy {
  /** Offer "in N seconds" instead of clock times; for rehearsals. Prompts `in-<N>-seconds` must exist. */
  offerAfterSeconds?: number[];
  /** Unanswered: tried once more after this long. */
  tryAgainAfterMinutes: number;
}
