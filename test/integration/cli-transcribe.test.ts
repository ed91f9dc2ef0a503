import { afterAll, beforeAll, expect, it } from "vitest";
import { openDatabase } from "#open-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { toldStory } from "../support/told-story.ts";
import { hearback } from "../unit/cli/run-command.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const transcribe = async (...args: string[]) => {
  const env = { HEARBACK_DATABASE_URL: db.url };
  const { status, stdout, stderr } = await hearback(["transcribe", ...args], {
    env,
    services: { openDatabase },
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
};

it("hearback transcribe queues stories in the database, and tells how they stand", async () => {
  const kept = await toldStory(db.pool, { transcribe: false });
  await toldStory(db.pool);
  expect(JSON.parse(await transcribe("status", "--json"))).toMatchObject({ waiting: 1, again: 0 });
  const again = ["--again", "--engine", "google", "--campaign", kept.campaign];
  expect(await transcribe(...again, "--dry-run")).toMatch(/^1 story would/);
  expect(await transcribe(...again)).toMatch(/^1 story will/);
  expect(await transcribe(...again)).toMatch(/^0 stories will/);
  expect(await transcribe("status")).toContain("stories to be heard again: 1\n");
  const { rows } = await db.pool.query("select key from graphile_worker.jobs where key like '%google%'");
  expect(rows).toEqual([{ key: `transcribe-again:google:${kept.storyId}` }]);
});
