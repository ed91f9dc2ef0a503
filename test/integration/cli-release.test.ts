import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDatabase } from "#open-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { walked } from "../support/releases.ts";
import { hearback as run } from "../unit/cli/run-command.ts";

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), "hearback-release-"));

beforeAll(async () => {
  database = await createTestDatabase();
  cpSync("dialplans", join(folder, "dialplans"), { recursive: true });
  cpSync("prompts", join(folder, "prompts"), { recursive: true });
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const hearback = (...args: string[]) =>
  run(["release", ...args], {
    env: {
      HEARBACK_DATABASE_URL: database.url,
      HEARBACK_FLOW_FOLDER: "dialplans/flows",
      HEARBACK_PROMPT_FOLDER: "prompts",
    },
    services: { openDatabase },
  });

const flow = join(folder, "dialplans/flows/fft.yaml");
const edit = (from: string, to: string) => writeFileSync(flow, readFileSync(flow, "utf8").replace(from, to));

it("a change goes from a folder to all calls, and back", async () => {
  expect((await hearback("list")).stdout).toContain("No release was published yet");
  edit("title:", "# ours\ntitle:");
  const drafted = await hearback("draft", "--from", folder);
  expect(drafted.stdout).toBe(
    `Against the folders:\n  flows/fft.yaml: changed, by ${process.env.USER ?? "root"}\n`,
  );
  const early = await hearback("publish", "--note", "ours");
  expect(early.status).toBe(1);
  expect(early.stderr).toContain("these files were not walked on a rehearsal's Asterisk yet");

  await walked(database.pool);
  expect(await hearback("status")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("It may be published"),
  });
  const published = await hearback("publish", "--note", "ours");
  expect(published).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Release 1 is published\.\n/),
  });
  expect(published.stdout).toContain("Release 1 is the canary since");
  expect((await hearback("approve", "1")).stdout).toBe("All new calls get release 1.\n");

  edit("# ours", "# still ours");
  await hearback("draft", "--from", folder);
  expect((await hearback("diff", "1", "draft")).stdout).toMatch(
    /^flows\/fft\.yaml: changed\n@@ line \d+ @@\n(.*\n)*-# ours\n\+# still ours\n/,
  );
  await walked(database.pool);
  await hearback("publish", "--note", "still ours", "--share", "50");
  expect((await hearback("rollback", "--reason", "it was better before")).stdout).toBe(
    "Release 1 is live.\n",
  );
  const shown = await hearback("show", "2");
  expect(shown.stdout).toContain("Release 2: withdrawn");
  expect(shown.stdout).toMatch(/rollback by .*: it was better before/);
  expect((await hearback("list")).stdout).toMatch(/2 {2}withdrawn .*still ours\n +1 {2}live .*ours\n$/);
  const out = join(folder, "out");
  expect((await hearback("export", "2", out)).stdout).toMatch(/^\d+ files of release 2 in /);
  expect(readFileSync(join(out, "flows/fft.yaml"), "utf8")).toContain("# still ours");
});

it("the draft's flow is written for other systems", async () => {
  const env = { HEARBACK_DATABASE_URL: database.url };
  const written = await run(["flow", "export", "fft", "--floip", "--draft"], {
    env,
    services: { openDatabase },
  });
  expect(written.status, written.stderr).toBe(0);
  expect(JSON.parse(written.stdout)).toMatchObject({ name: "fft" });
});

it("a fault is told with its line, and nothing is published", async () => {
  edit("next: ", "next: nowhere-");
  await hearback("draft", "--from", folder);
  await walked(database.pool);
  const refused = await hearback("publish", "--note", "broken");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/flows\/fft\.yaml:\d+:\d+: fault: .*\[unknown-step\]/);
});

it("the walk of the draft has one name, which its help tells", async () => {
  expect((await hearback("--help")).stdout).toContain("hearback flow walk --draft");
  expect(await hearback("walk")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no command "walk"'),
  });
});

it.each([
  [["show", "x"], 2, "no release's number"],
  [["show", "99"], 1, "there is no release 99"],
  [["approve", "1"], 1, "no canary"],
  [["rollback"], 2, "--reason"],
  [["publish", "--note", "n", "--share", "0"], 2, "--share is from 1 to 100"],
])("%j ends with status %i", async (args, status, told) => {
  const ran = await hearback(...args);
  expect(ran.status).toBe(status);
  expect(ran.stderr).toContain(told);
});
