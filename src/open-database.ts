/** What the commands ask of the database, joined from the adapters; loaded when a command first needs it. */
import type { Pool } from "pg";
import type { Database, DatabaseSettings } from "#cli/ports.ts";
import { AppError } from "#lib/errors.ts";
import { createLogger } from "#lib/logger.ts";
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
import { migrate, pendingMigrations } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { resultColumns, streamResults } from "#postgres/results.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { readPrompts } from "#storage/flow-files.ts";

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
    await checkReachable(pool);
    if (!behind) await checkMigrated(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const move = { running: startCampaign, paused: pauseCampaign, stopped: stopCampaign };
  return {
    migrate: () => migrate(pool),
    visits: {
      withImport: (campaignId, work) => {
        if (!dataKey)
          throw new AppError("data_key_missing", "Visits cannot be read or written without the data key.");
        return createVisitLists(pool, createCiphers(dataKey)).withImport(campaignId, work);
      },
    },
    createCampaign: (campaign) => createCampaign(pool, campaign),
    campaign: (name) => campaignByName(pool, name),
    campaigns: () => listCampaigns(pool),
    moveCampaign: (name, to) => move[to](pool, name),
    standing: (name) => campaignStanding(pool, name),
    results: (campaign) => streamResults(pool, campaign),
    resultColumns,
    testCall: (campaignId) => readOnlyVisit(pool, campaignId),
    close: () => pool.end(),
  };
}

/** Ids of the prompts that have both words and audio. */
export const promptIds = (folder: string, language: string): ReadonlySet<string> =>
  readPrompts(folder, language).ids;

async function checkReachable(pool: Pool): Promise<void> {
  try {
    await pool.query("select 1");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code ?? message;
    const text = `The database cannot be used (${why}): check HEARBACK_DATABASE_URL, and that Postgres runs there.`;
    throw new AppError("database_unreachable", text, { code: why }, { cause });
  }
}

async function checkMigrated(pool: Pool): Promise<void> {
  const pending = await pendingMigrations(pool);
  if (pending.length === 0) return;
  const text = `The database lacks ${pending.length} migrations of this version; run: hearback migrate`;
  throw new AppError("database_behind", text, { pending });
}
