/** What Postgres does to find stories among many: which indexes, never the whole table (auto_explain tells). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "#lib/ids.ts";
import { CARDS_OF, PLACES } from "#postgres/find-stories.ts";
import { inRoom } from "#postgres/room.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeUpStories } from "../support/made-up-stories.ts";

let db: TestDatabase;
const coordinator = newId();
const clinician = newId();
beforeAll(async () => {
  db = await createTestDatabase();
  await makeUpStories({ url: db.ownerUrl, stories: 100_000, wards: 200, trust: "RXX", whole: false });
  await db.pool.query(
    `insert into housekeeping.user_grant (user_id, role, trust, ward) values
     ($1, 'coordinator', 'RXX', null), ($2, 'clinician', 'RXX', 'Ward 7'), ($2, 'clinician', 'RXX', 'Ward 8')`,
    [coordinator, clinician],
  );
});
afterAll(() => db.drop());

interface Look {
  found: number;
  /** Of all that ran over stories. */
  plans: string;
  rowsRead: number;
}

/** One page, with the plans of all that ran for it. */
async function look(
  userId: string,
  filter: object,
  newer = false,
  from: string | null = null,
): Promise<Look> {
  return inRoom(db.pool, userId, async (tx) => {
    const plans: string[] = [];
    const note = ({ message }: { message?: string | undefined }) => void plans.push(message ?? "");
    const { rows: places } = await tx.query(
      "select array_agg(id) as ids from place where id = any (room_places())",
    );
    await tx.query("reset role");
    await tx.query("load 'auto_explain'");
    await tx.query(
      `set local auto_explain.log_min_duration = 0; set local auto_explain.log_nested_statements = on;
       set local auto_explain.log_analyze = on; set local auto_explain.log_timing = off; set local auto_explain.log_buffers = on;
       set local client_min_messages = log`,
    );
    await tx.query("set local role hearback_room");
    tx.on("notice", note);
    const { rows } = await tx.query(
      "select coalesce(cardinality(story_ids), 0) as found from find_stories($1, $2, $4, $5, $3, 51)",
      [places[0].ids, JSON.stringify(filter), newer, from, from && newId()],
    );
    tx.off("notice", note);
    // Of what was only explained nothing was read.
    const ofStories = plans.filter(
      (plan) => plan.includes("story_card") && !plan.includes("Query Text: explain"),
    );
    return { found: rows[0].found, plans: ofStories.join("\n"), rowsRead: rowsRead(ofStories.join("\n")) };
  });
}

/** With those that were read and then found not to match. */
function rowsRead(plans: string): number {
  let sum = 0;
  let loops = 0;
  for (const line of plans.split("\n")) {
    const scan = /Scan.* on story_card\b.*actual rows=([\d.]+) loops=(\d+)/.exec(line);
    if (line.includes("actual rows=")) loops = scan ? Number(scan[2]) : 0;
    sum += Number(scan?.[1] ?? 0) * loops;
    sum += Number(/Rows Removed by (?:Filter|Index Recheck): (\d+)/.exec(line)?.[1] ?? 0) * loops;
  }
  return sum;
}

describe("a page of 100,000 stories", () => {
  it.each([
    ["all", {}],
    ["unheard", { state: "unheard" }],
    ["flagged", { state: "flagged" }],
    ["mine", { state: "mine" }],
    ["transcribing", { state: "transcribing" }],
    ["rating", { ratings: [5] }],
    ["dates", { from: "2026-01-01", to: "2026-01-31" }],
    ["a rare word", { words: "zeppelin" }],
    ["a common word", { words: "nurse" }],
    ["a phrase", { words: '"waited food"' }],
  ])("is found by an index: %s", async (_name, filter) => {
    for (const user of [coordinator, clinician])
      for (const newer of [false, true]) {
        const { plans, rowsRead } = await look(user, filter, newer);
        expect(plans).toContain("story_card");
        expect(plans).not.toContain("Seq Scan on story_card");
        // Looked for along 10,000 stories, and those once more for how far that is.
        expect(rowsRead).toBeLessThan(21_000);
      }
  });

  it("costs in the middle of the list what it costs at its beginning", async () => {
    const pages = (plans: string) =>
      Math.max(...[...plans.matchAll(/Buffers: shared hit=(\d+)/g)].map(([, hit]) => Number(hit)));
    // As measured: 4 and, as chance has it, 112 to 158; entered at its newest end, the index costs 114 and 670 to 690.
    for (const { filter, most } of [
      { filter: {}, most: 50 },
      { filter: { ratings: [5] }, most: 300 },
    ])
      for (const newer of [false, true]) {
        const { found, plans } = await look(
          coordinator,
          filter,
          newer,
          new Date(Date.now() - 365 * 86_400_000).toISOString(),
        );
        expect(found).toBe(51);
        expect(pages(plans)).toBeLessThan(most);
      }
  });

  it("looks its cards up by their own keys, and a place once, however many places are theirs", async () => {
    const { rows } = await db.pool.query(
      "select array_agg(story_id) as ids from (select story_id from story_card order by told_at desc limit 51) newest",
    );
    const plans = await inRoom(db.pool, coordinator, async (tx) => {
      const explain = async (sql: string, values: unknown[] = []) =>
        (await tx.query(`explain (analyze, timing off) ${sql}`, values)).rows
          .map((row) => row["QUERY PLAN"])
          .join("\n");
      return {
        cards: await explain(`select c.told_at from ${CARDS_OF}`, [rows[0].ids]),
        places: await explain(PLACES),
      };
    });
    expect(plans.cards).toMatch(/Index Scan using story_card_pkey on story_card .*loops=51/);
    // For each place a look along all of theirs: what grows with the square of them.
    for (const along of ["id = ANY", "Nested Loop"]) expect(plans.places).not.toContain(along);
  });

  it("looks a rare word up in the index of words", async () => {
    const { found, plans, rowsRead } = await look(coordinator, { words: "zeppelin" });
    expect(found).toBe(5);
    expect(plans).toContain("Bitmap Index Scan on story_card_words");
    expect(rowsRead).toBeLessThan(20);
  });

  it("finds a common word by walking from the newest, without reading all that have it", async () => {
    const { found, plans, rowsRead } = await look(coordinator, { words: "nurse" });
    expect(found).toBe(51);
    expect(plans).not.toContain("Bitmap Index Scan on story_card_words");
    expect(rowsRead).toBeLessThan(12_000);
  });
});
