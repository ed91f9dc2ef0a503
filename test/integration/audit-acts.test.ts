/** What commands and tokens do, as the audit tells it. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditRecord } from "#access/audit.ts";
import { openDatabase } from "#open-database.ts";
import { auditHead, auditRecords } from "#postgres/audit-log.ts";
import { toALawWav } from "#recording/a-law-wav.ts";
import { type TestApi, testApi } from "../support/api.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { toldStory } from "../support/told-story.ts";
import { hearback } from "../unit/cli/run-command.ts";

let database: TestDatabase;
let api: TestApi;
const folder = mkdtempSync(join(tmpdir(), "hearback-acts-"));
beforeAll(async () => {
  database = await createTestDatabase();
  api = await testApi(database.pool);
});
afterAll(async () => {
  await api.web.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the audit was given meanwhile. */
async function toldOf(work: () => Promise<unknown>): Promise<AuditRecord[]> {
  const before = (await auditHead(database.pool))?.n ?? 0;
  await work();
  const all = await Array.fromAsync(auditRecords(database.pool, {}));
  return all.filter(({ n }) => n > before);
}

const env = () => ({
  HEARBACK_DATABASE_URL: database.url,
  HEARBACK_DATA_KEY: Buffer.alloc(32, 7).toString("hex"),
});
async function command(...args: string[]) {
  const ran = await hearback(args, { env: env(), services: { openDatabase } });
  expect(ran.stderr.includes("hearback:") ? ran.stderr : "", args.join(" ")).toBe("");
  return ran;
}
const me = { kind: "command", id: userInfo().username };

describe("a command's acts", () => {
  it("are told by the operating system's user, from the campaign to its visits", async () => {
    writeFileSync(join(folder, "list.csv"), "visit_ref,phone\nA-1,07700 900123\nA-2,07700 900124\n");
    const told = await toldOf(async () => {
      const manner = ["--caller-number", "01632 960000", "--spoken-name", "trust-your-hospital"];
      await command("campaign", "create", "acts", ...manner);
      await command("import", join(folder, "list.csv"), "--campaign", "acts");
      await command("campaign", "start", "acts");
      await command("campaign", "pause", "acts");
      await command("visit", "hold", "A-1", "--by", "m.ward");
      await command("stop-all", "--because", "the greeting is wrong", "--by", "m.ward");
      await command("stop-all", "--because", "again");
      await command("resume-all");
      await command("resume-all");
    });
    const { rows } = await database.pool.query<{ campaign: string; visit: string }>(
      "select campaign_id as campaign, id as visit from visit where visit_ref = 'A-1'",
    );
    const [{ campaign, visit }] = rows as [{ campaign: string; visit: string }];
    const ofCampaign = { who: me, subject: { kind: "campaign", id: campaign }, trust: "default" };
    expect(told).toMatchObject([
      { ...ofCampaign, action: "campaign-create", details: { state: "draft", unit: "default" } },
      { ...ofCampaign, action: "import", details: { rows: 2, count: 2 } },
      { ...ofCampaign, action: "campaign-move", details: { from: "draft", to: "running" } },
      { ...ofCampaign, action: "campaign-move", details: { from: "running", to: "paused" } },
      { who: { ...me, name: "m.ward" }, action: "visit-hold", subject: { kind: "visit", id: visit } },
      { who: { ...me, name: "m.ward" }, action: "stop-all", reason: "the greeting is wrong" },
      { action: "stop-all", reason: "again" },
      { action: "resume-all" },
    ]);
    expect(told).toHaveLength(8);
    expect(JSON.stringify(told)).not.toMatch(/900\s?12[34]/);
  });

  it("are not told where they came to nothing", async () => {
    const told = await toldOf(async () => {
      await hearback(["campaign", "start", "none"], { env: env(), services: { openDatabase } });
      await hearback(["visit", "hold", "none"], { env: env(), services: { openDatabase } });
      await hearback(["opt-out", "add", "--phone", "1"], { env: env(), services: { openDatabase } });
    });
    expect(told).toEqual([]);
  });

  it("tell an opt-out once, without the number", async () => {
    const told = await toldOf(async () => {
      await command("opt-out", "add", "--phone", "07700 900999");
      await command("opt-out", "add", "--phone", "07700 900999");
    });
    expect(told).toMatchObject([{ action: "opt-out", details: { kind: "number" } }]);
    const again = await toldOf(() => command("opt-out", "withdraw", told[0]!.subject!.id));
    expect(again).toMatchObject([{ action: "opt-out-withdraw", subject: told[0]!.subject }]);
  });

  it("tell that results went out, and that a token was made", async () => {
    expect(await toldOf(() => command("results", "--format", "json"))).toMatchObject([
      { who: me, action: "export", subject: null, details: { kind: "results", format: "json" } },
    ]);
    const scope = ["--scope", "read:results"];
    const told = await toldOf(async () => {
      await command("token", "create", "warehouse", ...scope);
      await command("token", "revoke", "warehouse");
    });
    expect(told).toMatchObject([
      { who: me, action: "token-create", details: { scopes: "read:results" } },
      { who: me, action: "token-revoke", subject: told[0]!.subject },
    ]);
  });
});

describe("hearback audit", () => {
  it("lists what is asked for, newest first, and is told itself", async () => {
    await command("stop-all", "--because", "a drill", "--by", "m.ward");
    await command("resume-all", "--by", "m.ward");
    const { stdout } = await command("audit", "list", "--action", "stop-all,resume-all", "--limit", "2");
    const [first, second] = stdout.split("\n");
    expect(first).toMatch(/command m\.ward {2}resume-all$/);
    expect(second).toMatch(/command m\.ward {2}stop-all {2}because: a drill$/);
    const json = await command("audit", "list", "--limit", "1", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ action: "audit-read", details: { rows: 2 } });
  });

  it("exports CSV into a file of its own", async () => {
    const file = join(folder, "audit.csv");
    const day = (inMs: number) => new Date(Date.now() + inMs).toISOString().slice(0, 10);
    // Until tomorrow: it may be midnight before all of it is done.
    await command("audit", "export", "--out", file, "--from", day(0), "--until", day(24 * 3_600_000));
    const lines = readFileSync(file, "utf8").trimEnd().split("\r\n");
    expect(lines[0]).toMatch(/^"n","at"/);
    expect(lines.at(-1)).toContain('"audit-export"');
    await command("audit", "export", "--out", file, "--until", "2020-01-01");
    expect(readFileSync(file, "utf8").trimEnd().split("\r\n")).toHaveLength(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    [["--action", "listn"], "did you mean listen?"],
    [["--from", "2026-02-30"], "is no date"],
    [["--subject", "story"], "is not KIND:ID"],
    [["--limit", "0"], "is no whole number"],
  ])("says what is wrong with %s", async (args, what) => {
    const { status, stderr } = await hearback(["audit", "list", ...args], {
      env: env(),
      services: { openDatabase },
    });
    expect(status).toBe(2);
    expect(stderr).toContain(what);
  });
});

describe("a token's acts", () => {
  it("are told by its name", async () => {
    const name = { phone: "07700 900998" };
    const told = await toldOf(async () => {
      const made = await api.post("/opt-outs", name);
      await api.post(`/opt-outs/${made.json.id}/withdraw`);
      const settings = { callerNumber: "01632 960000", spokenName: "trust-your-hospital" };
      await api.post("/campaigns", { name: "by-token", settings });
      await api.post("/campaigns/by-token/start");
      await api.post("/dialling/stop", { because: "a drill" });
      await api.post("/dialling/resume");
    });
    expect(told.map(({ action }) => action)).toEqual([
      ...["opt-out", "opt-out-withdraw", "campaign-create", "campaign-move", "stop-all", "resume-all"],
    ]);
    for (const { who } of told)
      expect(who).toEqual({ kind: "token", id: expect.any(String), name: expect.stringMatching(/^token-/) });
  });

  it("tell the results that were read, and nothing of an empty page", async () => {
    await toldStory(database.pool);
    const [told, ...more] = await toldOf(() => api.get("/results?limit=3"));
    expect(told).toMatchObject({ action: "results-read", details: { rows: 3 } });
    expect(more).toEqual([]);
    expect(await toldOf(() => api.get("/results?campaign=none"))).toEqual([]);
  });

  it("tell each listen once, before its first byte, whatever ranges follow", async () => {
    const { storyId } = await toldStory(database.pool);
    const missing = await toldOf(() => api.get(`/recordings/${storyId}`));
    expect(missing).toEqual([]);
    api.stored.set(`${storyId}.wav`, toALawWav(Buffer.alloc(8_000, 0x55)));
    const read = async (range: string) =>
      expect((await api.get(`/recordings/${storyId}`, { range })).status).toBe(206);
    const told = await toldOf(async () => {
      await Promise.all([read("bytes=0-99"), read("bytes=100-199"), read("bytes=200-")]);
      await read("bytes=0-10");
    });
    expect(told).toMatchObject([
      { action: "listen", subject: { kind: "story", id: storyId }, who: { kind: "token" } },
    ]);
    expect(told).toHaveLength(1);
  });

  it("come to nothing where the audit cannot be written", async () => {
    const { storyId } = await toldStory(database.pool);
    api.stored.set(`${storyId}.wav`, toALawWav(Buffer.alloc(8_000, 0x55)));
    await database.pool.query(
      "alter table housekeeping.audit_entry add constraint nothing_more check (n < 0) not valid",
    );
    try {
      const answer = await api.get(`/recordings/${storyId}`);
      expect(answer.status).toBe(500);
      expect(answer.headers["content-type"]).toContain("json");
      expect((await api.get("/results")).status).toBe(500);
    } finally {
      await database.pool.query("alter table housekeeping.audit_entry drop constraint nothing_more");
    }
  });
});
