/** Counts of visits, as a trigger keeps them: whatever moves visits, they are what counting them would find. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Campaign } from "#campaign/campaign.ts";
import { silentLogger } from "#lib/logger.ts";
import { migrationFolder } from "#postgres/migration-files.ts";
import { createPool } from "#postgres/pool.ts";
import { createBoardRoom } from "#postgres/room-board.ts";
import { foldVisitCounts } from "#postgres/visit-counts.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  ciphers,
  dialAgain,
  dramaNumber,
  ending,
  newLedger,
  runningCampaign,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
/** As `serve` signs in. */
let app: Pool;
beforeAll(async () => {
  db = await createTestDatabase({ maxConnections: 20 });
  app = createPool({
    url: db.url,
    applicationName: "counts",
    maxConnections: 20,
    as: "app",
    logger: silentLogger,
  });
});
afterAll(async () => {
  await app?.end();
  await db.drop();
});

let numbers = 0;
/** Each with a number of its own. */
const list = (count: number, different: Parameters<typeof visit>[0] = {}) =>
  Array.from({ length: count }, () => {
    numbers += 1;
    return visit({ phone: dramaNumber(numbers), ...different });
  });

const KEY = "campaign_id, trust, status, disposition";
const kept = async () =>
  (
    await db.pool.query(
      `select ${KEY}, sum(visits)::int as visits from visit_count group by ${KEY} having sum(visits) <> 0 order by ${KEY}`,
    )
  ).rows;
const counted = async () =>
  (await db.pool.query(`select ${KEY}, count(*)::int as visits from visit group by ${KEY} order by ${KEY}`))
    .rows;
const rowsKept = async () =>
  (await db.pool.query<{ rows: number }>("select count(*)::int as rows from visit_count")).rows[0]!.rows;

/** Calls one after the other, each on whatever connection is free. */
async function callAll(campaign: Campaign, owner: string): Promise<number> {
  const ledger = newLedger(app, { owner });
  for (let called = 0; ; ) {
    const attempts = await ledger.claim(campaign, 3);
    if (attempts.length === 0) return called;
    for (const attempt of attempts) {
      called += 1;
      await ledger.commitToRing(attempt, campaign, "asterisk");
      await ledger.end(attempt, ending(called % 3 === 0 ? { disposition: "partial" } : {}));
    }
  }
}

describe("counts of visits", () => {
  it("follow imports, claims and ends, staff and erasure, by trust", async () => {
    const campaign = await runningCampaign(db.pool, [
      ...list(5),
      ...list(2, { trust: "RYY" }),
      visit({ doNotCallReason: "other" }),
    ]);
    expect(await kept()).toEqual(await counted());
    const ledger = newLedger(app);
    const one = await dialAgain(ledger, campaign);
    expect(await kept()).toEqual(await counted());
    await ledger.end(one, ending());
    expect(await kept()).toEqual(await counted());
    await app.query(
      "update visit set status = 'held' where campaign_id = $1 and status = 'due' and trust = 'RYY'",
      [campaign.id],
    );
    expect(await kept()).toEqual(await counted());
    const counts = await createBoardRoom(app, ciphers).counts([campaign.id]);
    const sorted = (counts.get(campaign.id) ?? []).map(
      ({ trust, status, count }) => `${trust} ${status} ${count}`,
    );
    expect(sorted.sort()).toEqual(["RXX done 2", "RXX due 4", "RYY held 2"]);
    await db.pool.query("delete from visit where campaign_id = $1 and status = 'due'", [campaign.id]);
    expect(await kept()).toEqual(await counted());
  });

  it("are right while many move visits and others put the counts together", async () => {
    const campaigns = await Promise.all([1, 2].map(() => runningCampaign(app, list(120))));
    const over = Promise.withResolvers<void>();
    let ended = false;
    void over.promise.then(() => {
      ended = true;
    });
    const wrong: unknown[] = [];
    const look = async () => {
      while (!ended) {
        // One statement: kept and counted are as of one moment.
        const { rows } = await db.pool.query(
          `select ${KEY}, sum(n)::int as differ from (
             select ${KEY}, visits as n from visit_count union all select ${KEY}, -1 from visit) both_ways
           group by ${KEY} having sum(n) <> 0`,
        );
        wrong.push(...rows);
      }
    };
    const fold = async () => {
      while (!ended) await foldVisitCounts(app);
    };
    const looking = Promise.all([look(), fold(), fold()]);
    const called = await Promise.all(
      Array.from({ length: 8 }, (_, n) => callAll(campaigns[n % 2]!, `caller-${n}`)),
    ).finally(over.resolve);
    await looking;
    expect(called.reduce((sum, each) => sum + each, 0)).toBe(240);
    expect(wrong).toEqual([]);
    expect(await kept()).toEqual(await counted());
    await foldVisitCounts(app);
    expect(await kept()).toEqual(await counted());
  });

  it("are few rows once they are put together, and wait for nobody who moves visits just then", async () => {
    const campaign = await runningCampaign(db.pool, list(3));
    const busy = await app.connect();
    try {
      await busy.query("begin");
      await busy.query("update visit set status = 'held' where campaign_id = $1", [campaign.id]);
      await foldVisitCounts(app);
      expect(await kept()).toEqual(await counted());
      await busy.query("commit");
    } finally {
      busy.release();
    }
    const before = await rowsKept();
    await foldVisitCounts(app);
    expect(await rowsKept()).toBeLessThan(before);
    const { rows } = await db.pool.query("select from visit_count where backend <> 0");
    expect(rows).toEqual([]);
    expect(await kept()).toEqual(await counted());
  });

  it("know of the visits that were there before anybody counted, while others are counted already", async () => {
    const before = await runningCampaign(db.pool, list(4));
    await db.pool.query("delete from visit_count");
    await newLedger(app).claim(before, 2);
    expect(await kept()).not.toEqual(await counted());
    await db.pool.query(await readFile(join(migrationFolder, "0055_visits_counted_before.sql"), "utf8"));
    expect(await kept()).toEqual(await counted());
  });
});
