import type { CampaignSettings } from "./campaign.ts";

/** Ringing, ten minutes of questions, and a story told in up to four parts. A talk with a person has its own time. */
export const longestCallSeconds = ({ ringSeconds, storyLimitSeconds }: CampaignSettings): number =>
  Math.ceil(ringSeconds + 600 + 4 * storyLimitSeconds);

/** Of a talk with somebody whom a caller was put through to. */
export const usualTalkMinutes = 60;
export const mostTalkMinutes = 240;

/** A flow may lead to a person again and again; a call that has had so many talks is put through no more. */
export const mostTalks = 3;

/** No call lasts longer: its talks, and an hour for all that is said besides. Written out in verify/invariants/i2.sql. */
export const longestCallHours = (mostTalks * mostTalkMinutes) / 60 + 1;

/** Of all talks of one call, and of what is said behind each. 0 where the campaign puts nobody through. */
export function longestTalksSeconds(settings: CampaignSettings): number {
  const talks = Object.values(settings.transfers).map(({ talkMinutes }) => 60 * talkMinutes);
  return talks.length === 0 ? 0 : mostTalks * (Math.max(...talks) + longestCallSeconds(settings));
}
