import { runningCampaigns } from "#postgres/campaigns.ts";
import { withDatabase } from "./with-database.ts";

/** The most calls that may be up at once: all running campaigns together, one at least. */
export const callsWanted = (databaseUrl: string): Promise<number> =>
  withDatabase(databaseUrl, async (pool) => {
    const campaigns = await runningCampaigns(pool);
    return Math.max(
      1,
      campaigns.reduce((sum, { settings }) => sum + settings.maxCalls, 0),
    );
  });
