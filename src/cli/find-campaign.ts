import type { Campaign } from "#campaign/campaign.ts";
import { AppError } from "#lib/errors.ts";
import { nearest } from "#lib/nearest.ts";
import type { Database } from "./ports.ts";

/** @throws AppError `campaign_missing`, with the name that may have been meant */
export async function findCampaign(database: Database, name: string): Promise<Campaign> {
  const found = await database.campaign(name);
  if (found) return found;
  const names = (await database.campaigns()).map((campaign) => campaign.name);
  const meant = nearest(name, names);
  const hint = meant
    ? `did you mean "${meant}"?`
    : names.length > 0
      ? `there are: ${names.join(", ")}`
      : "create it with: hearback campaign create";
  throw new AppError("campaign_missing", `There is no campaign "${name}"; ${hint}`);
}
