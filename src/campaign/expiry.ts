import type { CampaignSettings } from "./campaign.ts";

const dayMs = 24 * 60 * 60_000;

/** From then on nobody is called about a visit; one without a time counts from its import. */
export const expiryOf = (
  visit: { visitAt: Date | null },
  { expiresAfterDays }: Pick<CampaignSettings, "expiresAfterDays">,
  importedAt: Date,
): Date => new Date((visit.visitAt ?? importedAt).getTime() + expiresAfterDays * dayMs);
