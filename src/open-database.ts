/** What the commands ask of the database, joined from the adapters; loaded when a command first needs it. */
import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import { byCommand } from "#cli/by-command.ts";
import type { Database, DatabaseSettings, OptOuts } from "#cli/ports.ts";
import { AppError } from "#lib/errors.ts";
import { createLogger } from "#lib/logger.ts";
import { createAccountBook } from "#postgres/accounts.ts";
import {
  changeFiles,
  dropTransfer,
  makeCampaign,
  moveCampaign,
  moveVisitOf,
  noteOptOut,
  pin,
  resumeEverything,
  setTransfer,
  stopEverything,
  takeBackOptOut,
  tell,
} from "#postgres/acts.ts";
import { createTokenBook } from "#postgres/api-tokens.ts";
import { auditCsv, auditPage } from "#postgres/audit-log.ts";
import { readOnlyVisit } from "#postgres/board.ts";
import { releaseOfCampaign } from "#postgres/campaign-release.ts";
import { campaignByName, campaignStanding, listCampaigns } from "#postgres/campaigns.ts";
import { proveKey } from "#postgres/data-key.ts";
import { assertMigrated, migrate } from "#postgres/migrate.ts";
import { createNodeDesk } from "#postgres/node-desk.ts";
import { pageOfOptOuts } from "#postgres/opt-outs.ts";
import { createPool } from "#postgres/pool.ts";
import { listPromises } from "#postgres/promises.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { createReleaseDesk } from "#postgres/releases.ts";
import { exportedColumns, streamResults } from "#postgres/results.ts";
import { createSensitiveServices } from "#postgres/sensitive-services.ts";
import { createSessionBook } from "#postgres/sessions.ts";
import { createStaffCallDesk } from "#postgres/staff-call-desk.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { transcriptBacklog } from "#postgres/transcript-backlog.ts";
import { countAgain, orderAgain } from "#postgres/transcript-orders.ts";
import { createTrunkDesk } from "#postgres/trunk-desk.ts";
import { visitHistories } from "#postgres/visit-history.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { campaignsSpoken } from "#release/campaigns-spoken.ts";
import { checkBeside } from "#release/check-beside.ts";
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
  const who = byCommand();
  return {
    migrate: (progress) => migrate(pool, { progress }),
    visits: {
      withImport: async (campaignId, work) =>
        createVisitLists(pool, await ciphersOf(), who).withImport(campaignId, work),
    },
    tokens: createTokenBook(pool, who),
    accounts: createAccountBook(pool),
    sessions: createSessionBook(pool),
    sensitive: createSensitiveServices(pool),
    createCampaign: (campaign) => makeCampaign(pool, who, campaign),
    campaign: (name) => campaignByName(pool, name),
    campaigns: () => listCampaigns(pool),
    moveCampaign: (name, to) => moveCampaign(pool, who, name, to),
    campaignRelease: async ({ id }) => releaseOfCampaign(pool, id),
    pinCampaign: (campaign, release) => pin(pool, who, { campaign, release, spoken: campaignsSpoken }),
    setTransfer: (campaign, target, change) => setTransfer(pool, who, campaign, { target, change }),
    removeTransfer: (campaign, target, folders) => dropTransfer(pool, who, campaign, { target, folders }),
    standing: (name) => campaignStanding(pool, name),
    results: (campaign, format) => auditedResults(pool, who, { campaign, format }),
    resultColumns: exportedColumns,
    hearAgain: (selection, dryRun) => (dryRun ? countAgain : orderAgain)(pool, selection),
    transcriptBacklog: () => transcriptBacklog(pool),
    histories: (visitRef, campaign) => visitHistories(pool, visitRef, campaign),
    moveVisit: async (visitId, how, by) =>
      void (await moveVisitOf(pool, { ...who, name: by }, visitId, { how, by })),
    promises: (since) => listPromises(pool, since),
    optOuts: optOutsOf(pool, who, ciphersOf),
    audit: auditOf(pool, who),
    changePrompts: ({ action, by, prompts }, work) => {
      const told = prompts.map(({ language, id, details }) => {
        return { action, subject: { kind: "prompt", id: `${language}/${id}` }, details };
      });
      return changeFiles(pool, by === null ? who : { ...who, name: by }, told, work);
    },
    nodes: createNodeDesk(pool, who),
    trunks: createTrunkDesk(pool, who),
    releases: (folders) =>
      createReleaseDesk({
        ...{ folders, check: checkBeside, spoken: campaignsSpoken },
        within: (work) => inTransaction(pool, work),
      }),
    staffCalls: async (folders, numbers) =>
      createStaffCallDesk({
        ...{ folders, numbers, ciphers: await ciphersOf() },
        within: (work) => inTransaction(pool, work),
      }),
    stopAll: (asked) => stopEverything(pool, { ...who, name: asked.by }, asked),
    resumeAll: (asked) => resumeEverything(pool, { ...who, name: asked.by }, asked),
    testCall: (campaignId) => readOnlyVisit(pool, campaignId),
    close: () => pool.end(),
  };
}

/** Told before the first row goes out. */
async function* auditedResults(
  pool: Pool,
  who: AuditWho,
  { campaign, format }: { campaign: string | undefined; format: string },
): AsyncGenerator<object> {
  const of = campaign === undefined ? null : await campaignByName(pool, campaign);
  const subject = of && { kind: "campaign", id: of.id };
  const details = { kind: "results", format };
  await tell(pool, who, { action: "export", subject, trust: of?.trust ?? null, details });
  yield* streamResults(pool, campaign);
}

const auditOf = (pool: Pool, who: AuditWho): Database["audit"] => ({
  newest: async (filter, limit) => {
    const { items } = await auditPage(pool, filter, { before: null, limit });
    await tell(pool, who, { action: "audit-read", details: { rows: items.length } });
    return items;
  },
  csv: async function* (filter) {
    await tell(pool, who, { action: "audit-export", details: { format: "csv" } });
    yield* auditCsv(pool, filter);
  },
});

const pageRows = 500;

const optOutsOf = (pool: Pool, by: AuditWho, ciphers: () => Promise<Ciphers>): OptOuts => ({
  add: async (who, of) => (await noteOptOut(pool, by, await ciphers(), { who, ...of })).isNew,
  all: async function* (standing) {
    for (let after: string | null = null; ; ) {
      const page: Page<OptOutRow> = await pageOfOptOuts(pool, { standing, after, limit: pageRows });
      yield* page.items;
      if (page.next === null) return;
      after = page.next;
    }
  },
  withdraw: async (id) => void (await takeBackOptOut(pool, by, id)),
});
