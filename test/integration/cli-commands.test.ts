import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { App, AppOptions } from "#cli/ports.ts";
import { openDatabase } from "#open-database.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hearback as run } from "../unit/cli/run-command.ts";

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), "hearback-cli-"));
const key = "ab".repeat(32);

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const hearback = (args: string[], circumstances: Parameters<typeof run>[1] = {}) =>
  run(args, {
    ...circumstances,
    env: { HEARBACK_DATABASE_URL: database.url, HEARBACK_DATA_KEY: key, ...circumstances.env },
    services: { openDatabase, ...circumstances.services },
  });

function listOf(name: string, ...rows: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, ["visit_ref,phone,given_name", ...rows].join("\n"));
  return path;
}

const create = (name: string, ...more: string[]) =>
  hearback([
    ...[
      "campaign",
      "create",
      name,
      "--caller-number",
      "01632 960000",
      "--spoken-name",
      "trust-your-hospital",
    ],
    ...more,
  ]);

async function campaignWith(name: string, ...rows: string[]): Promise<void> {
  expect((await create(name)).status).toBe(0);
  const { status, stderr } = await hearback(["import", listOf(`${name}.csv`, ...rows), "--campaign", name]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
}

describe("hearback migrate", () => {
  it("brings an empty database up to date, and says so the second time", async () => {
    const empty = await createTestDatabase({ empty: true });
    try {
      const env = { HEARBACK_DATABASE_URL: empty.url };
      const early = await hearback(["results"], { env });
      expect(early.status).toBe(1);
      expect(early.stderr).toContain("run: hearback migrate");
      const stranger = await hearback(["migrate"], { env });
      expect(stranger.status).toBe(1);
      expect(stranger.stderr).toContain("The database's user does not own it");
      const owner = { HEARBACK_DATABASE_URL: empty.ownerUrl };
      const first = await hearback(["migrate"], { env: owner });
      expect(first.stdout).toMatch(/^ran 0001_\w+\.sql$/m);
      expect(first.status).toBe(0);
      const second = await hearback(["migrate"], { env: owner });
      expect(second.stdout).toBe("The database is up to date.\n");
      expect((await hearback(["results"], { env })).status).toBe(0);
    } finally {
      await empty.drop();
    }
  });

  it("says what to look at where there is no database", async () => {
    const env = { HEARBACK_DATABASE_URL: "postgres://hearback:secret@127.0.0.1:1/none" };
    const { status, stderr } = await hearback(["migrate"], { env });
    expect(status).toBe(1);
    expect(stderr).toContain("The database cannot be used (ECONNREFUSED): check HEARBACK_DATABASE_URL");
    expect(stderr).not.toContain("secret");
  });
});

describe("hearback campaign", () => {
  it("makes a campaign once, with what is not given filled in", async () => {
    const { status, stdout } = await create(
      "made",
      "--hours",
      "mon-fri=09:30-18:00,sat=10:00-13:00",
      "--max-calls",
      "7",
    );
    expect(status).toBe(0);
    expect(stdout).toContain('Campaign "made" is made.');
    const { rows } = await database.pool.query("select status, settings from campaign where name = 'made'");
    expect(rows[0]).toMatchObject({
      status: "draft",
      settings: {
        callerNumber: "+441632960000",
        ringBackNumber: "+441632960000",
        maxCalls: 7,
        callsPerSecond: 1,
        flow: "fft",
        retryPolicy: { maxAttempts: 3, afterMinutes: { busy: 30, machine: 1440 } },
        callingHours: { timeZone: "Europe/London", days: { 1: ["09:30", "18:00"], 6: ["10:00", "13:00"] } },
      },
    });
    expect((await create("made")).stderr).toContain('There is a campaign "made" already.');
  });

  it.each([
    [["--hours", "monday=9-5"], "is not written like mon-fri=09:00-18:00"],
    [["--hours", "mon=18:00-09:00"], "18:00 is not before 09:00"],
    [["--time-zone", "Europe/Londn"], "Europe/Londn"],
    [["--max-calls", "many"], "--max-calls many is not a whole number"],
    [["--ring-seconds", "5"], "15 or more"],
    [["--retry", "engaged=5"], "engaged is none of busy"],
    [["--spoken-name", "x", "--spoken-name", "y"], "--spoken-name is given twice"],
  ])("refuses %j", async (more, told) => {
    const refused = await create("refused", ...more);
    expect(refused.stderr).toContain(told);
    expect(refused.status).toBe(2);
  });

  it("refuses a spoken name that nobody has spoken", async () => {
    const args = [
      "campaign",
      "create",
      "mute",
      "--caller-number",
      "01632 960000",
      "--spoken-name",
      "trust-your-hosptal",
    ];
    const { status, stderr } = await hearback(args);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'there is no prompt "trust-your-hosptal" with words and audio; did you mean trust-your-hospital?',
    );
  });

  it.each([
    [["--story-limit", "90"], 'no prompt "story-limit-90s"', "take 20 or 180 for --story-limit"],
    [["--language", "fr-FR"], "language is fr-FR", "make it with --language en-GB or cy-GB"],
    [["--flow", "ftt"], 'no call flow "ftt"', "there are: appointment"],
  ])("refuses %j, which no call could be held with", async (more, fault, remedy) => {
    const { status, stderr } = await create("unspoken", ...more);
    expect(status).toBe(1);
    expect(stderr).toContain(`Not made:\n  `);
    expect(stderr).toContain(fault);
    expect(stderr).toContain(remedy);
    expect((await hearback(["campaign", "status", "unspoken"])).stderr).toContain("There is no campaign");
  });

  it("does not start a campaign whose prompt has gone since", async () => {
    await create("faded");
    await database.pool.query(
      `update campaign set settings = settings || '{"spokenName": "trust-gone"}' where name = 'faded'`,
    );
    const { status, stderr } = await hearback(["campaign", "start", "faded"]);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'Not started:\n  there is no prompt "trust-gone" with words and audio; add its words',
    );
    expect((await hearback(["campaign", "status", "faded"])).stdout).toContain("faded: draft");
  });

  it("does not start a campaign in a language whose stand-ins nobody has approved", async () => {
    expect((await create("welsh", "--language", "cy-GB")).status).toBe(0);
    const { status, stderr } = await hearback(["campaign", "start", "welsh"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /Not started:\n {2}\d+ prompts in cy-GB are a machine's, and nobody has approved them/,
    );
    expect((await hearback(["campaign", "status", "welsh"])).stdout).toContain("welsh: draft");
  });

  it("starts, pauses, stops, and does not start what was stopped", async () => {
    await create("moved");
    expect((await hearback(["campaign", "start", "moved"])).stdout).toContain('"moved" is running');
    expect((await hearback(["campaign", "pause", "moved"])).stdout).toContain('"moved" is paused');
    expect((await hearback(["campaign", "stop", "moved"])).stdout).toContain('"moved" is stopped');
    const again = await hearback(["campaign", "start", "moved"]);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain("is stopped");
  });

  it("tells what a campaign runs on, and takes no release that there is not", async () => {
    await create("released");
    expect(await hearback(["campaign", "release", "released"])).toMatchObject({
      ...{ status: 0, stdout: expect.stringContaining("runs on what the folders hold: no release is live") },
    });
    const { status, stderr } = await hearback(["campaign", "release", "released", "7"]);
    expect(status).toBe(1);
    expect(stderr).toContain("there is no release 7");
    expect((await hearback(["campaign", "release", "released", "live"])).status).toBe(0);
    expect((await hearback(["campaign", "release", "released", "newest"])).status).toBe(2);
  });

  it("names the campaign that may have been meant", async () => {
    await create("outpatients-may");
    const { status, stderr } = await hearback(["campaign", "start", "outpatient-may"]);
    expect(status).toBe(1);
    expect(stderr).toContain('did you mean "outpatients-may"?');
  });

  it("tells how a campaign stands, for people and for programs", async () => {
    await campaignWith("standing", "A1,07700 900001,", "A2,07700 900002,", "A3,07700 900003,");
    await database.pool.query(
      "update visit set status = 'done', disposition = 'completed' where visit_ref = 'A1'",
    );
    const { stdout } = await hearback(["campaign", "status", "standing"]);
    expect(stdout).toContain("standing: draft\n  3 visits, 2 still to be called, 0 on the line now");
    expect(stdout).toMatch(/pending +2$/m);
    expect(stdout).toMatch(/completed +1$/m);
    expect(stdout).toContain("answering machines: 0, of which 0 were people after all");
    const json = await hearback(["campaign", "status", "standing", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject([
      {
        name: "standing",
        status: "draft",
        visits: 3,
        due: 2,
        dispositions: { completed: 1, pending: 2 },
        callbacks: { promised: 0, next: null },
      },
    ]);
    expect((await hearback(["campaign", "status"])).stdout).toContain("standing: draft");
  });
});

describe("hearback import", () => {
  it("imports a list; the same file twice changes nothing", async () => {
    await create("twice");
    const list = listOf("twice.csv", "B1,07700 900011,Mary", "B2,01632 960012,Tom");
    const first = await hearback(["import", list, "--campaign", "twice"]);
    expect(first.stdout).toBe('2 rows read into "twice": 2 new, 0 there already, 0 bad.\n');
    const second = await hearback(["import", list, "--campaign", "twice"]);
    expect(second.stdout).toBe('2 rows read into "twice": 0 new, 2 there already, 0 bad.\n');
  });

  it("refuses a list with a bad row, and tells line, column, fault and remedy", async () => {
    await create("refusing");
    const list = listOf("refusing.csv", "C1,07700 900021,", "C2,999,", "C3,0900 1234567,");
    const { status, stdout, stderr } = await hearback(["import", list, "--campaign", "refusing"]);
    expect(status).toBe(1);
    expect(stderr).toContain("line 3, phone: emergency and short numbers are not rung; ");
    expect(stderr).toContain("line 4, phone: premium-rate");
    expect(stdout).toContain("Nothing was imported: 2 of 3 rows are bad.");
    const { rows } = await database.pool.query("select from visit where visit_ref = 'C1'");
    expect(rows).toHaveLength(0);
  });

  it("imports the others with --skip-bad, and keeps the bad rows in a file of one's own", async () => {
    await create("skipping");
    const list = listOf("skipping.csv", "D1,07700 900031,", "D2,999,=1+1");
    const { status, stdout } = await hearback(["import", list, "--campaign", "skipping", "--skip-bad"]);
    expect(status).toBe(0);
    expect(stdout).toContain("1 new, 0 there already, 1 bad.");
    const rejects = `${list}.rejects.csv`;
    expect(stdout).toContain(rejects);
    expect(readFileSync(rejects, "utf8")).toContain(`"D2","999","'=1+1","3"`);
    expect(statSync(rejects).mode & 0o077).toBe(0);
  });

  it("lets a rehearsal have drama numbers, and others only by name", async () => {
    await create("rehearsed");
    await database.pool.query("update campaign set rehearsal = true where name = 'rehearsed'");
    const others = ["020 7946 0018", "020 7946 0019"];
    const list = listOf("rehearsed.csv", "R1,07700 900035,", `R2,${others[0]},`, `R3,${others[1]},`);
    const into = ["import", list, "--campaign", "rehearsed"];
    const refused = await hearback([...into, "--allow-number", others[0]!]);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toContain("Nothing was imported: 1 of 3 rows are bad.");
    expect(refused.stderr).toMatch(
      /^line 4, phone: a rehearsal rings only drama numbers .*--allow-number\n$/,
    );
    const all = others.flatMap((number) => ["--allow-number", number]);
    expect((await hearback([...into, ...all])).stdout).toContain("3 new");
  });

  it("knows --allow-number in rehearsals only, and only of telephones", async () => {
    await create("real");
    const into = ["import", listOf("real.csv", "S1,07700 900036,"), "--campaign", "real"];
    const real = await hearback([...into, "--allow-number", "020 7946 0018"]);
    expect(real.status).toBe(2);
    expect(real.stderr).toContain('--allow-number is for rehearsals, and "real" is none');
    const none = await hearback([...into, "--allow-number", "999"]);
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("--allow-number: emergency and short numbers are not rung");
  });

  it("tells twenty faults and the number of the rest", async () => {
    await create("many");
    const rows = Array.from({ length: 50 }, (_, i) => `E${i},999,`);
    const { stderr } = await hearback(["import", listOf("many.csv", ...rows), "--campaign", "many"]);
    expect(stderr.match(/^line /gm)).toHaveLength(20);
    expect(stderr).toContain("... and 30 more faults");
  });

  it("shows on a terminal how far it is", async () => {
    await create("seen");
    const list = listOf("seen.csv", "F1,07700 900041,");
    const { stderr } = await hearback(["import", list, "--campaign", "seen"], { terminal: true });
    expect(stderr).toContain("1 rows read, 1 new, 0 bad");
  });

  it("says so where there is no such file, or no such campaign", async () => {
    await create("there");
    const noFile = await hearback(["import", join(folder, "none.csv"), "--campaign", "there"]);
    expect(noFile.stderr).toContain("none.csv cannot be read: there is no such file.");
    expect(noFile.status).toBe(1);
    const noCampaign = await hearback([
      "import",
      listOf("x.csv", "G1,07700 900051,"),
      "--campaign",
      "nowhere",
    ]);
    expect(noCampaign.stderr).toContain('There is no campaign "nowhere"');
  });
});

describe("hearback results", () => {
  beforeAll(() => campaignWith("told", "=H1,07700 900061,", "H2,07700 900062,"));

  it("writes CSV that no spreadsheet runs", async () => {
    const { status, stdout } = await hearback(["results", "--campaign", "told"]);
    expect(status).toBe(0);
    const [header, ...lines] = stdout.trimEnd().split("\r\n");
    const { fields } = await database.pool.query("select * from survey_result limit 0");
    expect(header).toBe([...fields.map(({ name }) => name), "answers"].map((name) => `"${name}"`).join(","));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`"'=H1","told","voice","pending","0"`);
  });

  it("writes a JSON array, empty or not", async () => {
    const { stdout } = await hearback(["results", "--campaign", "told", "--format", "json"]);
    expect(JSON.parse(stdout)).toMatchObject([
      { visit_ref: "=H1", disposition: "pending", attempts: 0, rating: null },
      { visit_ref: "H2" },
    ]);
    await create("nobody");
    expect((await hearback(["results", "--campaign", "nobody", "--format", "json"])).stdout).toBe("[]\n");
  });

  it("writes a file that only its owner may read", async () => {
    const out = join(folder, "results.json");
    const { status, stdout } = await hearback([
      "results",
      "--campaign",
      "told",
      "--format",
      "json",
      "--out",
      out,
    ]);
    expect(status).toBe(0);
    expect(stdout).toBe("");
    expect(JSON.parse(readFileSync(out, "utf8"))).toHaveLength(2);
    expect(statSync(out).mode & 0o077).toBe(0);
  });
});

describe("hearback call", () => {
  const env = {
    HEARBACK_ARI_URL: "http://asterisk:8088",
    HEARBACK_ARI_USER: "hearback",
    HEARBACK_ARI_PASSWORD: "secret",
    HEARBACK_STORY_FOLDER: "/stories",
    HEARBACK_SOUNDS_FOLDER: "/sounds",
    HEARBACK_SPEECH_ENGINE: "none",
  };

  /** Settles the one visit of the campaign it is told to ring for, as if it had been suppressed. */
  const suppressing = (seen: AppOptions[]) => ({
    createApp: async (_settings: unknown, options: AppOptions): Promise<App> => ({
      failed: new Promise(() => {}),
      start: async () => {
        seen.push(options);
        await database.pool.query(
          `update visit v set status = 'done', disposition = 'suppressed' from campaign c
           where c.id = v.campaign_id and c.id = $1 and c.status = 'running'`,
          [options.onlyCampaign],
        );
        return { address: null };
      },
      stop: async () => {},
    }),
  });

  it("rings in a campaign of its own, and stops that at the end", async () => {
    await create("tried");
    const seen: AppOptions[] = [];
    const args = ["call", "07700 900123", "--campaign", "tried", "--now"];
    const { status, stdout, stderr } = await hearback(args, { env, services: suppressing(seen) });
    expect(stderr).toContain('23 as "tried" would.');
    expect(stderr).not.toContain("900123");
    expect(stderr).toContain("not rung: suppressed");
    expect(stdout).toContain("Disposition: suppressed");
    expect(status).toBe(1);
    const { rows } = await database.pool.query("select name, status, settings from campaign where id = $1", [
      seen[0]?.onlyCampaign,
    ]);
    expect(rows[0]).toMatchObject({
      name: expect.stringMatching(/^test call-/),
      status: "stopped",
      settings: { maxCalls: 1, callerNumber: "+441632960000", retryPolicy: { maxAttempts: 1 } },
    });
  });

  it("does not ring for a rehearsal what that may not ring, nor with what cannot be said", async () => {
    await create("played");
    const args = ["call", "020 7946 0018", "--campaign", "played", "--now"];
    await database.pool.query("update campaign set rehearsal = true where name = 'played'");
    const refused = await hearback(args, { env, services: suppressing([]) });
    expect(refused.stderr).toContain("Not rung: a rehearsal rings only drama numbers");
    await database.pool.query(
      `update campaign set rehearsal = false, settings = settings || '{"storyLimitSeconds": 33}' where name = 'played'`,
    );
    const unspoken = await hearback(args, { env, services: suppressing([]) });
    expect(unspoken.stderr).toContain('Not rung:\n  there is no prompt "story-limit-33s"');
  });

  it("keeps to the calling hours unless told otherwise", async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toLocaleDateString("en-GB", {
      weekday: "short",
      timeZone: "UTC",
    });
    await create("closed", "--time-zone", "UTC", "--hours", `${tomorrow.toLowerCase()}=10:00-11:00`);
    const args = ["call", "07700 900123", "--campaign", "closed"];
    const { status, stderr } = await hearback(args, { env, services: suppressing([]) });
    expect(status).toBe(1);
    expect(stderr).toContain('outside the calling hours of "closed"; they open at');
    expect(stderr).toContain("--now");
  });
});

describe("the program itself", () => {
  it("starts under its own Node, reads the environment and ends with the right status", () => {
    const program = repositoryFile("src/cli/hearback");
    const env = { PATH: process.env.PATH ?? "", HEARBACK_DATABASE_URL: inject("postgresUrl") };
    expect(execFileSync(program, ["--help"], { env, encoding: "utf8" })).toContain("Usage: hearback COMMAND");
    const failing = () =>
      execFileSync(program, ["results", "--fromat", "csv"], { env, encoding: "utf8", stdio: "pipe" });
    expect(failing).toThrow(expect.objectContaining({ status: 2 }));
  });
});
