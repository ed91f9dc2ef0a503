import { afterAll, beforeAll, expect, it } from "vitest";
import { openDatabase } from "#open-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { newLedger, runningCampaign, visit } from "../support/survey.ts";
import { hearback as run } from "../unit/cli/run-command.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const hearback = (...args: string[]) =>
  run(["sensitive", ...args], { env: { HEARBACK_DATABASE_URL: database.url }, services: { openDatabase } });

it("keeps visits that fit from being called, until it is removed", async () => {
  const campaign = await runningCampaign(database.pool, [
    visit({ visitRef: "fits", site: "North", service: "EARLY PREGNANCY UNIT" }),
    visit({ visitRef: "elsewhere", site: "South", service: "Early pregnancy unit" }),
  ]);
  const added = await hearback(
    ...["add", "--trust", "RXX", "--site", "north", "--service", "Early pregnancy*", "--reason", "loss"],
  );
  expect(added).toMatchObject({ status: 0, stderr: "" });
  expect(added.stdout).toContain('about site "north" and service "early pregnancy*" of RXX (loss)');
  expect(await newLedger(database.pool).claim(campaign, 5)).toHaveLength(1);
  const { rows } = await database.pool.query("select disposition from visit where visit_ref = 'fits'");
  expect(rows).toEqual([{ disposition: "suppressed" }]);

  const [listed] = JSON.parse((await hearback("list", "--json")).stdout);
  expect(listed).toMatchObject({ trust: "RXX", site: "north", ward: null, reason: "loss", removedAt: null });
  expect((await hearback("remove", listed.id)).status).toBe(0);
  expect((await hearback("list")).stdout).toContain("There is none yet");
  expect((await hearback("list", "--all")).stdout).toMatch(/early pregnancy\*.*, removed \d{4}-/);
});

it("takes % and _ as they are written", async () => {
  await hearback("add", "--ward", "A_1 100%", "--reason", "test");
  const found = async (ward: string) =>
    (await database.pool.query("select sensitive('default', null, $1, null) as found", [ward])).rows[0].found;
  expect(await found("a_1 100%")).toBe(true);
  expect(await found("ab1 100 beds")).toBe(false);
  expect((await hearback("list")).stdout).toContain('ward "a_1 100%"');
});

it.each([
  [["add", "--reason", "x"], "at least one of --site, --ward and --service"],
  [["add", "--ward", "*", "--reason", "x"], "would fit every visit"],
  [["add", "--ward", "W"], "needs --reason TEXT"],
  [["remove", "7"], "is no ID"],
  [["remov", "7"], "did you mean remove?"],
])("refuses %j", async (args, told) => {
  const { status, stderr } = await hearback(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(told);
});

it("says when there is nothing to remove", async () => {
  const { status, stderr } = await hearback("remove", "00000000-0000-7000-8000-000000000000");
  expect(status).toBe(1);
  expect(stderr).toContain("There is no such entry");
});
