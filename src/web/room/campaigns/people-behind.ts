/** Whom a campaign's flow may put callers through to, as its page shows them. */
import type { CampaignSettings } from "#campaign/campaign.ts";
import { shortMask } from "#campaign/phone-number.ts";
import { daysInWords } from "./hours.ts";

export interface PersonBehind {
  /** As the flow has it, e.g. "ward-desk". */
  name: string;
  masked: string;
  /** A line each; null: open as the campaign calls. */
  open: string[] | null;
  talkMinutes: number;
}

export const peopleBehind = ({ transfers }: CampaignSettings): PersonBehind[] =>
  Object.entries(transfers).map(([name, { number, open, talkMinutes }]) => ({
    ...{ name, masked: shortMask(number), open: open ? daysInWords(open) : null, talkMinutes },
  }));
