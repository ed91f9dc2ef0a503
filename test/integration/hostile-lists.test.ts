/** Hostile names all the way: from the file through Postgres to what Asterisk is asked for. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAriTelephone } from "#asterisk/ari-telephone.ts";
import { importVisits } from "#campaign/import-visits.ts";
import { silentLogger } from "#lib/logger.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { hostileNames } from "../fixtures/hostile-names.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { ciphers, newLedger, runningCampaign } from "../support/survey.ts";
import { type AskedFrame, openBench, StillClock } from "../unit/asterisk/fake-socket.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
const names = hostileNames.filter((name) => !/\p{Cc}/u.test(name));
const phoneOf = (n: number): string => `+447700900${String(n).padStart(3, "0")}`;

async function importing(campaignId: string, text: string, keep: string[] = []) {
  async function* bytes() {
    yield Buffer.from(text);
  }
  return importVisits({
    ...{ campaignId, bytes: bytes(), visits: createVisitLists(db.pool, ciphers), encoding: "utf-8", keep },
    ...{ timeZone: "Europe/London", now: new Date(), skipBad: null },
    guard: { rehearsal: true, allowNumbers: new Set<string>() },
  });
}

/** Every field that a hospital fills, hostile; the reference made unlike any other. */
const row = (name: string, n: number): string =>
  [`${name.slice(0, 150)} ${n}`, phoneOf(n), name, name, name, name, name, name].map(quoted).join(",");
const header = "visit_ref,phone,given_name,site,ward,service,trust,__proto__";

it("Asterisk is asked for the same, byte by byte, whatever a patient is called", async () => {
  const campaign = await runningCampaign(db.pool);
  const report = await importing(campaign.id, `${header}\n${names.map(row).join("\n")}\n`, ["__proto__"]);
  expect(report).toMatchObject({ kind: "imported", added: names.length, bad: 0 });
  const clock = new StillClock();
  const bench = await openBench(clock, silentLogger);
  const { connection, socket } = bench;
  const telephone = createAriTelephone({
    ...{ connection, trunk: "trunk", clock, logger: silentLogger },
    mediaOf: () => ["sound:x"],
  });
  const ledger = newLedger(db.pool);
  for (let left = names.length; left > 0; ) {
    const attempts = await ledger.claim(campaign, 20);
    expect(attempts.length).toBeGreaterThan(0);
    left -= attempts.length;
    for (const attempt of attempts) {
      const commit = await ledger.commitToRing(attempt, campaign, "asterisk");
      if (commit.kind !== "committed") throw new Error(commit.because);
      expect(Object.keys(commit.order).sort()).toEqual([
        ...["attemptId", "callerNumber", "channelId", "maxCallSeconds", "node", "phone", "ringSeconds"],
      ]);
      void telephone.dial(commit.order, () => {});
    }
  }
  const template = (frame: AskedFrame) => {
    const phone = frame.query_strings.find(({ name }) => name === "endpoint")!.value;
    return JSON.stringify({ ...frame, request_id: "", transaction_id: "" })
      .replace(frame.uri.slice("channels/".length), "ID")
      .replace(phone, "ENDPOINT");
  };
  expect(socket.asked).toHaveLength(names.length);
  expect(new Set(socket.asked.map(template)).size).toBe(1);
  for (const { uri, query_strings } of socket.asked) {
    expect(uri).toMatch(/^channels\/hb-[0-9a-f-]{36}$/);
    expect(query_strings).toContainEqual({
      name: "endpoint",
      value: expect.stringMatching(/^PJSIP\/\+447700900\d{3}@trunk$/),
    });
  }
  bench.close();
  telephone.close();
});

it("nothing of a list with one bad row is in the database, nor of one that ends in the middle", async () => {
  const campaign = await runningCampaign(db.pool);
  const many = Array.from({ length: 2_500 }, (_, n) => `V${n},${phoneOf(n % 1000)},Ann`).join("\n");
  const spoilt = [
    ...["\0", "a\nb", "\u009b2J", "x".repeat(10_000)].map((name) => `V9999,${phoneOf(1)},${quoted(name)}\n`),
    ...[
      `V9999,${phoneOf(1)},"Ann\n`,
      "V9999,0900 1234567,Ann\n",
      `V9999,${phoneOf(1)}\n`,
      `V1,${phoneOf(7)},Bob\n`,
    ],
  ];
  for (const last of spoilt) {
    const report = await importing(campaign.id, `visit_ref,phone,given_name\n${many}\n${last}`);
    expect([report.kind, report.faultCount]).toEqual(["refused", 1]);
    const { rows } = await db.pool.query("select count(*)::int as count from visit where campaign_id = $1", [
      campaign.id,
    ]);
    expect(rows).toEqual([{ count: 0 }]);
  }
});
