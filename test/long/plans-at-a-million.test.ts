/**
 * What Postgres does among a million visits for what is asked all the time: by an index each, never the whole of a big
 * table, and little is read that does not match (auto_explain tells of every statement, those within functions too).
 */
import type { Pool } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Campaign } from "#campaign/campaign.ts";
import { silentLogger } from "#lib/logger.ts";
import { campaignById } from "#postgres/campaigns.ts";
import { createPool } from "#postgres/pool.ts";
import { createPromiseBook } from "#postgres/promise-book.ts";
import { listPromises } from "#postgres/promises.ts";
import { createBoardRoom } from "#postgres/room-board.ts";
import { createCampaignRoom } from "#postgres/room-campaigns.ts";
import { createVisitRoom } from "#postgres/room-visits.ts";
import { createVisitDesk } from "#postgres/visit-desk.ts";
import { visitHistories } from "#postgres/visit-history.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeUpVisits } from "../support/made-up-visits.ts";
import { signedIn } from "../support/signed-in.ts";
import { ciphers, newLedger, settings } from "../support/survey.ts";

const visits = 1_000_000;
const big = "(visit|attempt|call|key_press|visit_history|callback)";
/** Rows that were read and did not match; a page has 50, and a claim looks at a hundred. */
const mostInVain = 1_000;

let db: TestDatabase;
let pool: Pool;
/** As the dialler's are. */
let planned: Pool;
let campaign: Campaign;
let who: Parameters<ReturnType<typeof createVisitRoom>["find"]>[0];
const plans: string[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  const beganMs = performance.now();
  const phones = [ciphers.encrypt("phone", "+447700900123")];
  const rules = { ...settings, numberOnceADay: true, contactBudget: { surveys: 1, days: 30 } };
  const id = await makeUpVisits({
    ...{ url: db.ownerUrl, visits, due: visits / 5, overCampaigns: 7, trust: "RXX", settings: rules, phones },
  });
  console.log(`${visits} visits made in ${Math.round((performance.now() - beganMs) / 1000)} s`);
  pool = explained(db.ownerUrl);
  planned = explained(db.ownerUrl, true);
  campaign = (await campaignById(pool, id))!;
  const { userId } = await signedIn(db.pool, { role: "coordinator", trust: "RXX" });
  who = { userId, sessionId: "", name: "Sam Example", grants: [] };
}, 600_000);
afterAll(async () => {
  await Promise.all([pool?.end(), planned?.end()]);
  await db?.drop();
});

/** One connection, on which the plan of every statement is told. */
function explained(url: string, planned = false): Pool {
  const one = createPool({
    url,
    applicationName: "plans",
    as: "owner",
    maxConnections: 1,
    planned,
    logger: silentLogger,
  });
  one.on("connect", (client) => {
    client.on("notice", ({ message }) => void plans.push(message ?? ""));
    void client.query(
      `load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
       set auto_explain.log_analyze = on; set auto_explain.log_timing = off; set client_min_messages = log`,
    );
  });
  return one;
}

async function plansOf(work: () => Promise<unknown>): Promise<string> {
  plans.length = 0;
  await work();
  return plans.filter((plan) => plan.includes("Query Text")).join("\n");
}

/** Of all statements together. */
const inVain = (plan: string): number =>
  [
    ...plan.matchAll(
      /(?:actual rows=[\d.]+ loops=(\d+)\)|Rows Removed by (?:Filter|Index Recheck|Join Filter): (\d+))/g,
    ),
  ].reduce(
    ({ sum, loops }, [, looped, removed]) =>
      removed ? { sum: sum + Number(removed) * loops, loops } : { sum, loops: Number(looped) },
    { sum: 0, loops: 1 },
  ).sum;

/** Of the big tables and of what is counted of them; most rows of a plan are of one of these. */
const rowsRead = (plan: string): number =>
  [...plan.matchAll(/Scan.* on (?:visit|callback|visit_count)\b.*actual rows=([\d.]+) loops=(\d+)/g)].reduce(
    (sum, [, found, loops]) => sum + Number(found) * Number(loops),
    inVain(plan),
  );

const lastVisit = async (status: string) => {
  const sql = "select id, visit_ref as ref from visit where status = $1 order by id desc limit 1";
  return (await db.pool.query<{ id: string; ref: string }>(sql, [status])).rows[0]!;
};

it.each<[name: string, index: string, () => Promise<unknown>]>([
  ["a claim", "visit_due", () => newLedger(planned).claim(campaign, 20)],
  [
    "the commit to ring",
    "attempt_pkey",
    async () => {
      const ledger = newLedger(planned);
      const [attempt] = await ledger.claim(campaign, 1);
      plans.length = 0;
      expect(await ledger.commitToRing(attempt!, campaign, "asterisk")).toMatchObject({ kind: "committed" });
    },
  ],
  ["how many calls are under way", "attempt_open", () => newLedger(planned).look(campaign.id)],
  ["whether anything is due", "visit_due", () => newLedger(planned).look(campaign.id)],
  ["the board", "attempt_ended", () => createBoardRoom(pool, ciphers).look([campaign.id])],
  [
    "a page of a campaign's people",
    "visit_campaign",
    () => createBoardRoom(pool, ciphers).people(who, campaign.id, { status: null, after: null }),
  ],
  [
    "a page of visits for the API",
    "visit_campaign",
    () => createVisitDesk(pool).page({ campaignId: campaign.id, status: null, after: null, limit: 50 }),
  ],
  [
    "a visit by its reference",
    "visit_campaign_id_visit_ref_key",
    async () => createVisitRoom(pool).find(who, (await lastVisit("done")).ref),
  ],
  [
    "all of one visit's calls",
    "attempt_visit",
    async () => createVisitRoom(pool).call(who, (await lastVisit("done")).id),
  ],
  [
    "hearback why",
    "visit_history_visit",
    async () => visitHistories(pool, (await lastVisit("done")).ref, null),
  ],
  ["calls promised and due", "callback_due", () => createPromiseBook(pool).standing()],
  ["calls promised, for staff", "callback_owed", () => listPromises(pool, new Date())],
])("%s reads no table whole", async (_name, index, work) => {
  const plan = await plansOf(work);
  expect(plan, "a plan was seen, and in it the index").toMatch(
    new RegExp(`(Index (Only )?Scan (Backward )?using|Bitmap Index Scan on) ${index}\\b`),
  );
  expect(plan).not.toMatch(new RegExp(`Seq Scan on ${big}\\b`));
  expect(inVain(plan), plan).toBeLessThan(mostInVain);
});

it.each<[name: string, () => Promise<unknown>]>([
  ["a board's counts", () => createBoardRoom(pool, ciphers).counts([campaign.id])],
  ["the list of campaigns", () => createCampaignRoom(pool, async () => []).list(who)],
])("%s come from what is counted as visits move", async (_name, work) => {
  const plan = await plansOf(work);
  expect(plan).toMatch(/ on visit_count\b/);
  expect(plan).not.toMatch(new RegExp(`Seq Scan on ${big}\\b`));
  expect(rowsRead(plan), plan).toBeLessThan(mostInVain);
});
