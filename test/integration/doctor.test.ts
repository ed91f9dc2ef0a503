/** `hearback doctor` on a real Asterisk and a real Postgres: all well, then one thing after the other taken away. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "#open-database.ts";
import { createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { noteMasterKey } from "#postgres/master-keys.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { createMasterKeys } from "#storage/master-key.ts";
import { settings as campaignSettings, visit } from "../support/survey.ts";
import { hearback as run } from "../unit/cli/run-command.ts";
import { type Hospital, startHospital } from "./hospital.ts";

interface Told {
  check: string;
  level: "ok" | "warning" | "fault";
  what: string;
  remedy?: string;
}

let hospital: Hospital;

beforeAll(async () => {
  hospital = await startHospital();
}, 120_000);
afterAll(() => hospital?.stop());

async function doctor(more: Record<string, string> = {}): Promise<{ status: number; told: Told[] }> {
  const { status, stdout } = await run(["doctor", "--json"], { env: { ...hospital.env, ...more } });
  return { status, told: JSON.parse(stdout).findings };
}

const wrongIn = (told: Told[]) => told.filter(({ level }) => level !== "ok");
const linesOf = (told: Told[]) => told.map(({ check, level, what }) => `${level} ${check}: ${what}`);

async function campaignWith(settings: Partial<typeof campaignSettings>, name: string) {
  const spokenName = "trust-your-hospital";
  const whole = { ...campaignSettings, spokenName, maxCalls: 2, ...settings };
  await createCampaign(hospital.database.pool, {
    name,
    trust: "T",
    unit: "U",
    rehearsal: false,
    settings: whole,
  });
  return startCampaign(hospital.database.pool, name);
}

/** By the same way that `hearback import` takes. */
async function importOne(dataKey: Buffer): Promise<void> {
  const campaign = await campaignWith({}, `for key ${dataKey[0]}`);
  const database = await openDatabase({ databaseUrl: hospital.database.url, dataKey });
  await database.visits.withImport(campaign.id, (sink) => sink.addVisits([visit()])).finally(database.close);
}

/** Asterisk asks the carrier whether it is there when it starts, and the answer takes a moment. */
async function untilTrunkIsUp(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { told } = await doctor();
    if (told.some(({ check, level }) => check === "trunk" && level === "ok")) return;
    await wait(200);
  }
}

describe("hearback doctor", () => {
  test("tells where Asterisk's log of calls is no evidence", async () => {
    const about = async (celFile: string) => {
      const { told } = await doctor({ HEARBACK_CEL_FILE: celFile });
      return told.filter(({ check }) => check === "call logs").map(({ level, what }) => `${level}: ${what}`);
    };
    expect(await about("")).toEqual([expect.stringMatching(/^warning: HEARBACK_CEL_FILE is not set/)]);
    const none = "/nowhere/Master.csv";
    expect(await about(none)).toEqual([`fault: ${none}: the event log is not there`]);
    const another = `${hospital.env.HEARBACK_PROMPT_FOLDER}/README.md`;
    expect(await about(another)).toEqual([`fault: Asterisk does not write its calls into ${another}`]);
  });

  test("finds nothing wrong where nothing is, and changes nothing", async () => {
    await untilTrunkIsUp();
    const { status, told } = await doctor();
    expect(linesOf(wrongIn(told))).toEqual([]);
    expect(status).toBe(0);
    expect(existsSync(hospital.env.HEARBACK_STORY_FOLDER!)).toBe(false);
    const all = linesOf(told).join("\n");
    for (const words of [
      /postgres: Postgres \d+\S*, by a Unix socket/,
      /database: all migrations have run/,
      /database: this user may read and write every row, and owns nothing/,
      /data key: nothing is encrypted yet/,
      /clock: the database's clock and ours differ by 0\.\d s/,
      /clock: Asterisk's clock and ours differ/,
      /asterisk: Asterisk 22\.\d+\.\d+/,
      /asterisk: the ARI user "hearback" may control calls/,
      /asterisk: its entityid is /,
      /modules: all \d+ that calls need are loaded/,
      /configuration: \/\S+: \d+ rules find nothing/,
      /call logs: \/.*\/cel-custom\/Master.csv is written at once, and read/,
      /manager: the health user "health" may CoreStatus/,
      /manager: the release user "release" may Reload/,
      /trunk: the carrier answers on "trunk"/,
      /rtp ports: \d{2,} ports; 1 calls at once need 4/,
      /open files: Hearback may open/,
      /open files: Asterisk may open 8192/,
      /prompts: \d+ sounds of prompts/,
      /flows: .*\bfft\b/,
      /sounds: no copies yet/,
      /campaigns: 0 of them/,
      /speech: no engine/,
      /stories: .* is not there yet/,
      /disk: .* GB free/,
    ])
      expect(all).toMatch(words);
    const { rows } = await hospital.database.pool.query("select * from housekeeping.data_key_proof");
    expect(rows).toEqual([]);
  });

  test("sees more calls than ports and files, a spoken name and a flow that are gone", async () => {
    await campaignWith({ maxCalls: 1_000 }, "large");
    await campaignWith({ spokenName: "trust-gone", flow: "no-flow" }, "old");
    const { status, told } = await doctor();
    expect(status).toBe(1);
    expect(linesOf(wrongIn(told)).sort()).toEqual([
      expect.stringMatching(/^fault campaigns: "old" follows the flow "no-flow", and there is none/),
      expect.stringMatching(/^fault campaigns: "old" is to say "trust-gone"/),
      expect.stringMatching(/^fault open files: Asterisk may open 8192, and needs 165\d\d/),
      expect.stringMatching(/^fault rtp ports: Asterisk has \d+ ports; 1002 calls at once need 4008/),
    ]);
    await hospital.database.pool.query("update campaign set status = 'stopped'");
  });

  test("sees another data key than the one that was first used, and import refuses it too", async () => {
    const first = Buffer.from(hospital.env.HEARBACK_DATA_KEY!, "hex");
    await importOne(first);
    expect(linesOf((await doctor()).told)).toContain("ok data key: it opens what the database holds");
    const { status, told } = await doctor({ HEARBACK_DATA_KEY: "cd".repeat(32) });
    expect(status).toBe(1);
    expect(linesOf(wrongIn(told))).toEqual([expect.stringMatching(/^fault data key: it is not the key/)]);
    await hospital.database.pool.query("delete from visit");
    await hospital.database.pool.query("update campaign set status = 'stopped'");
    await expect(importOne(Buffer.alloc(32, 5))).rejects.toMatchObject({ code: "data_key_wrong" });
    await hospital.database.pool.query("update campaign set status = 'stopped'");
  });

  test("sees a master key that others may read, and one that is not at hand", async () => {
    const file = join(hospital.folder, "master-key");
    writeFileSync(file, Buffer.alloc(32, 6).toString("base64"), { mode: 0o640 });
    const given = { HEARBACK_MASTER_KEY_FILE: file };
    const about = async (more: Record<string, string> = {}) =>
      linesOf((await doctor(more)).told.filter(({ check }) => check === "master key"));
    expect(await about()).toEqual([
      expect.stringMatching(/^ok .*: data-key:\w+ is derived from HEARBACK_DATA_KEY/),
    ]);
    const open = `fault master key: others may read ${file} (HEARBACK_MASTER_KEY_FILE): its mode is 0640`;
    expect(await about(given)).toEqual([open]);
    chmodSync(file, 0o600);
    expect(await about(given)).toEqual([
      expect.stringMatching(/^ok .*: file:\w+ is given, and opens the keys of all stories$/),
    ]);
    const masterKeys = { masterKey: Buffer.alloc(32, 6), oldMasterKeys: [] };
    const masters = createMasterKeys({ dataKey: Buffer.alloc(32, 1), ...masterKeys });
    await inTransaction(hospital.database.pool, (tx) => noteMasterKey(tx, masters));
    expect((await about(given))[0]).toMatch(/^ok /);
    expect(await about()).toEqual([
      expect.stringMatching(/^fault .*: the master key file:\w+, .* is not at hand/),
    ]);
    await hospital.database.pool.query("delete from housekeeping.master_key");
  });

  test("sees what is dangerous in the files that Asterisk reads, and who may look at them", async () => {
    const etc = join(hospital.network.ivr.dir, "etc");
    const site = join(etc, "site.conf");
    const before = readFileSync(site, "utf8");
    writeFileSync(
      site,
      before.replace("[http-site](!)\nbindaddr = 127.0.0.1", "[http-site](!)\nbindaddr = 0.0.0.0"),
    );
    chmodSync(etc, 0o755);
    const { status, told } = await doctor();
    const line = before.split("\n").indexOf("[http-site](!)") + 2;
    expect(status).toBe(1);
    expect(linesOf(wrongIn(told))).toEqual([
      expect.stringMatching(
        new RegExp(`^fault configuration: \\S+/site\\.conf:${line}:1: ARI can .* \\[http-plain\\]$`),
      ),
      expect.stringMatching(/^warning configuration: everybody on the machine may look into \S+\/etc$/),
    ]);
    chmodSync(etc, 0o700);
    writeFileSync(site, before);
  });

  test("sees wrong passwords, a trunk that is not there, and a carrier that is away", async () => {
    const { told } = await doctor({
      HEARBACK_AMI_HEALTH_PASSWORD: "guessed",
      HEARBACK_ARI_PASSWORD: "guessed",
    });
    const faults = linesOf(told).filter((line) => line.startsWith("fault"));
    expect(faults).toEqual([
      expect.stringMatching(/^fault asterisk: Asterisk refuses the ARI user/),
      expect.stringMatching(/^fault manager: AMI refuses the health user "health": Authentication failed/),
    ]);
    const other = await doctor({ HEARBACK_TRUNK: "carrier" });
    expect(linesOf(wrongIn(other.told))).toEqual(['fault trunk: Asterisk has no endpoint "carrier"']);
    // The users swapped: what reloads must not pass for what only looks.
    const swapped = await doctor({
      HEARBACK_AMI_HEALTH_USER: hospital.env.HEARBACK_AMI_RELEASE_USER!,
      HEARBACK_AMI_HEALTH_PASSWORD: hospital.env.HEARBACK_AMI_RELEASE_PASSWORD!,
    });
    expect(linesOf(wrongIn(swapped.told))).toEqual([
      'fault manager: the health user "release" may also DialplanExtensionAdd',
    ]);
  });

  test("is done in time beside a hung Asterisk, and says so", async () => {
    process.kill(hospital.network.ivr.pid, "SIGSTOP");
    try {
      const begun = performance.now();
      const { status, told } = await doctor();
      expect(performance.now() - begun).toBeLessThan(20_000);
      expect(status).toBe(1);
      expect(linesOf(told)).toContain("fault asterisk: no answer within 10 s");
      expect(linesOf(told)).toContain("ok database: all migrations have run");
    } finally {
      process.kill(hospital.network.ivr.pid, "SIGCONT");
    }
  });

  test("says once that Asterisk is dead, and goes on with the rest", async () => {
    await hospital.network.ivr.stop();
    const { status, told } = await doctor();
    expect(status).toBe(1);
    const faults = linesOf(told).filter((line) => line.startsWith("fault"));
    expect(faults).toEqual([
      expect.stringMatching(/^fault asterisk: Asterisk does not answer at http:.* \(ECONNREFUSED\)/),
      expect.stringMatching(/^fault manager: AMI does not answer/),
      expect.stringMatching(/^fault manager: AMI does not answer/),
    ]);
    expect(linesOf(told)).toContain("warning trunk: not checked: Asterisk does not answer (ECONNREFUSED)");
    expect(linesOf(told)).toContain("ok database: all migrations have run");
  });
});
