import type { CampaignSettings } from "./campaign.ts";

/** Ringing, ten minutes of questions, and a story told in up to four parts. */
export const longestCallSeconds = ({ ringSeconds, storyLimitSeconds }: CampaignSettings): number =>
  Math.ceil(ringSeconds + 600 + 4 * storyLimitSeconds);
