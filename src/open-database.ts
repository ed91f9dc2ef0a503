/** What the commands ask of the database, joined from the adapters; loaded when a command first needs it. */
import type { Pool } from "pg";
import type { Database, DatabaseSettings, OptOuts } from "#cli/ports.ts";
import { AppError } from "#lib/errors.ts";
import { createLogger } from "#lib/logger.ts";
import { createAccountBook } from "#postgres/accounts.ts";
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
import { createNodeDesk } from "#postgres/node-desk.ts";
import { createOptOutDesk, pageOfOptOuts, withdrawOptOut } from "#postgres/opt-outs.ts";
import { createPool } from "#postgres/pool.ts";
import { listPromises } from "#postgres/promises.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { resultColumns, streamResults } from "#postgres/results.ts";
import { createSensitiveServices } from "#postgres/sensitive-services.ts";
import { createSessionBook } from "#postgres/sessions.ts";
import { resumeAll, stopAll } from "#postgres/stop-switch.ts";
import { transcriptBacklog } from "#postgres/transcript-backlog.ts";
import { countAgain, orderAgain } from "#postgres/transcript-orders.ts";
import { createVisitDesk } from "#postgres/visit-desk.ts";
import { visitHistories } from "#postgres/visit-history.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { type Ciphers, createCiphers } from "#storage/ciphers.ts";
import type { OptOutRow, Page } from "#web/ports.ts";

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
    as: behind ? "owner" : "app",
    logger,
  });
  try {
    await assertReachable(pool);
    if (!behind) await assertMigrated(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const ciphersOf = async () => {
    if (!dataKey)
      throw new AppError(
        "data_key_missing",
        "Telephone numbers cannot be read or written without the data key.",
      );
    const ciphers = createCiphers(dataKey);
    await proveKey(pool, ciphers);
    return ciphers;
  };
  const move = { running: startCampaign, paused: pauseCampaign, stopped: stopCampaign };
  return {
    migrate: () => migrate(pool),
    visits: {
      withImport: async (campaignId, work) =>
        createVisitLists(pool, await ciphersOf()).withImport(campaignId, work),
    },
    tokens: createTokenBook(pool),
    accounts: createAccountBook(pool),
    sessions: createSessionBook(pool),
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
    histories: (visitRef, campaign) => visitHistories(pool, visitRef, campaign),
    moveVisit: async (visitId, how, by) => void (await createVisitDesk(pool).move(visitId, how, by)),
    promises: (since) => listPromises(pool, since),
    optOuts: optOutsOf(pool, ciphersOf),
    nodes: createNodeDesk(pool),
    stopAll: (asked) => stopAll(pool, asked),
    resumeAll: (asked) => resumeAll(pool, asked),
    testCall: (campaignId) => readOnlyVisit(pool, campaignId),
    close: () => pool.end(),
  };
}

const pageRows = 500;

const optOutsOf = (pool: Pool, ciphers: () => Promise<Ciphers>): OptOuts => ({
  add: async (who, of) => (await createOptOutDesk(pool, await ciphers()).add({ who, ...of })).isNew,
  all: async function* (standing) {
    for (let after: string | null = null; ; ) {
      const page: Page<OptOutRow> = await pageOfOptOuts(pool, { standing, after, limit: pageRows });
      yield* page.items;
      if (page.next === null) return;
      after = page.next;
    }
  },
  withdraw: async (id) => void (await withdrawOptOut(pool, id)),
});
