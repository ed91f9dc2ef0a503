/** The one file of the commands that knows Postgres: it joins its adapters to what the commands ask for. */
import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import { createLogger } from "#lib/logger.ts";
import { createTokenBook } from "#postgres/api-tokens.ts";
import { readBoard } from "#postgres/board.ts";
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
import { migrate, pendingMigrations } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { resultColumns, resultOfVisit, streamResults } from "#postgres/results.ts";
import { maybeRow, oneRow } from "#postgres/rows.ts";
import { transcriptBacklog } from "#postgres/transcript-backlog.ts";
import { countAgain, orderAgain } from "#postgres/transcript-orders.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { readPrompts } from "#storage/flow-files.ts";
import type { TestCall } from "./call-steps.ts";
import type { Database, DatabaseSettings, Standing } from "./ports.ts";

/** @throws AppError `database_unreachable`, `database_behind` (not with `behind`) */
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
      withImport: async (campaignId, work) => {
        if (!dataKey)
          throw new AppError("data_key_missing", "Visits cannot be read or written without the data key.");
        const ciphers = createCiphers(dataKey);
        await proveKey(pool, ciphers);
        return createVisitLists(pool, ciphers).withImport(campaignId, work);
      },
    },
    tokens: createTokenBook(pool),
    createCampaign: (campaign) => createCampaign(pool, campaign),
    campaign: (name) => campaignByName(pool, name),
    campaigns: () => listCampaigns(pool),
    moveCampaign: (name, to) => move[to](pool, name),
    standing: (name) => standing(pool, name),
    results: (campaign) => streamResults(pool, campaign),
    resultColumns,
    hearAgain: (selection, dryRun) => (dryRun ? countAgain : orderAgain)(pool, selection),
    transcriptBacklog: () => transcriptBacklog(pool),
    testCall: (campaignId) => testCall(pool, campaignId),
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

async function standing(pool: Pool, name: string): Promise<Standing> {
  const stands = await campaignStanding(pool, name);
  const counts = await oneRow<{ promised: number; next: Date | null; found: number; falseAlarms: number }>(
    pool,
    `select promised.count as promised, promised.next, machines.found, machines."falseAlarms"
     from (select count(*)::int as count, min(c.due) as next
           from callback c join visit v on v.id = c.visit_id
           where v.campaign_id = $1 and c.state = 'promised') promised,
          (select count(k.machine_by)::int as found, (count(*) filter (where k.machine_false_alarm))::int as "falseAlarms"
           from call k join visit v on v.id = k.visit_id where v.campaign_id = $1) machines`,
    [stands.campaign.id],
  );
  const { promised, next, found, falseAlarms } = counts;
  return { ...stands, callbacks: { promised, next }, machines: { found, falseAlarms } };
}

async function testCall(pool: Pool, campaignId: string): Promise<TestCall | null> {
  const [line] = await readBoard(pool, campaignId);
  if (!line) return null;
  const result = await resultOfVisit(pool, line.visitId);
  const last = await maybeRow<{ cause: number | null; refusedBecause: string | null }>(
    pool,
    `select cause, refused_because as "refusedBecause" from attempt where visit_id = $1 order by claimed_at desc limit 1`,
    [line.visitId],
  );
  return {
    ...line,
    cause: last?.cause ?? null,
    refusedBecause: last?.refusedBecause ?? null,
    ratingLabel: result?.rating_label ?? null,
    transcript: result?.transcript ?? null,
    transcriptEngine: result?.transcript_engine ?? null,
  };
}
