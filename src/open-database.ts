/** What the commands ask of the database, joined from the adapters; loaded when a command first needs it. */
import type { Database, DatabaseSettings } from "#cli/ports.ts";
import { AppError } from "#lib/errors.ts";
import { createLogger } from "#lib/logger.ts";
import { createTokenBook } from "#postgres/api-tokens.ts";
import { readOnlyVisit } from "#postgres/board.ts";
import {
  campaignByName,
  campaignStanding,
  createCampaign,
  listCampaigns,
  pauseCampaign,
  startCampaign,
  stopCampaign,
} from "#postgres/campaigns.ts";
import { proveKey } from "#postgres/data-key.ts";
import { assertMigrated, migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { resultColumns, streamResults } from "#postgres/results.ts";
import { createSensitiveServices } from "#postgres/sensitive-services.ts";
import { transcriptBacklog } from "#postgres/transcript-backlog.ts";
import { countAgain, orderAgain } from "#postgres/transcript-orders.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { createCiphers } from "#storage/ciphers.ts";

/** @throws AppError `database_unreachable`, `postgres_too_old`, `database_behind` (not with `behind`) */
export async function openDatabase(
  { databaseUrl, dataKey }: DatabaseSettings,
  { behind = false } = {},
): Promise<Database> {
  const logger = createLogger({ level: "warn" });
  const pool = createPool({
    url: databaseUrl,
    applicationName: "hearback command",
    maxConnections: 3,
    logger,
  });
  try {
    await assertReachable(pool);
    if (!behind) await assertMigrated(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const move = { running: startCampaign, paused: pauseCampaign, stopped: stopCampaign };
  return {
    migrate: () => migrate(pool),
    visits: {
      withImport: async (campaignId, work) => {
        if (!dataKey)
          throw new AppError("data_key_missing", "Visits cannot be read or written without the data key.");
        const ciphers = createCiphers(dataKey);
        await proveKey(pool, ciphers);
        return createVisitLists(pool, ciphers).withImport(campaignId, work);
      },
    },
    tokens: createTokenBook(pool),
    sensitive: createSensitiveServices(pool),
    createCampaign: (campaign) => createCampaign(pool, campaign),
    campaign: (name) => campaignByName(pool, name),
    campaigns: () => listCampaigns(pool),
    moveCampaign: (name, to) => move[to](pool, name),
    standing: (name) => campaignStanding(pool, name),
    results: (campaign) => streamResults(pool, campaign),
    resultColumns,
    hearAgain: (selection, dryRun) => (dryRun ? countAgain : orderAgain)(pool, selection),
    transcriptBacklog: () => transcriptBacklog(pool),
    testCall: (campaignId) => readOnlyVisit(pool, campaignId),
    close: () => pool.end(),
  };
}
