import type { CampaignSettings } from "./campaign.ts";

/** Ringing, ten minutes of questions, and a story told in up to four parts. A talk with a person has its own time. */
export const longestCallSeconds = ({ ringSeconds, storyLimitSeconds }: CampaignSettings): number =>
  Math.ceil(ringSeconds + 600 + 4 * storyLimitSeconds);

/** Of a talk with somebody whom a caller was put through to. */
export const usualTalkMinutes = 60;
export const mostTalkMinutes = 240;

/** 0 where the campaign puts nobody through. */
export const longestTalkSeconds = ({ transfers }: CampaignSettings): number =>
  60 * Math.max(0, ...Object.values(transfers).map(({ talkMinutes }) => talkMinutes));
