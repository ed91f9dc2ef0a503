import { cannotSay } from "#call/cannot-say.ts";
import type { CampaignSettings } from "#campaign/campaign.ts";
import { AppError } from "#lib/errors.ts";
import type { Services, VoiceFolders } from "./ports.ts";

/** @throws AppError `campaign_cannot_be_spoken`: a call would stumble, e.g. over a prompt that nobody has spoken */
export async function refuseUnspoken(
  settings: CampaignSettings,
  {
    services,
    folders,
    heading,
    forPatients,
    campaign,
  }: {
    services: Services;
    folders: VoiceFolders;
    heading: string;
    forPatients: boolean;
    /** Its name, where it is made already. */
    campaign?: string | undefined;
  },
): Promise<void> {
  const faults = cannotSay(settings, await services.voice(folders), { forPatients, campaign });
  if (faults.length > 0) throw new AppError("campaign_cannot_be_spoken", [heading, ...faults].join("\n  "));
}
