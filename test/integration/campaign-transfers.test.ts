/** Whom campaigns put callers through to: changed by command while calls go on, with a line in the audit and no number in it. */
import { userInfo } from "node:os";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { transferTo } from "#call/transfer-to.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { systemClock } from "#lib/clock.ts";
import { openDatabase } from "#open-database.ts";
import { createCallLog } from "#postgres/calls.ts";
import { campaignById, runningCampaigns } from "#postgres/campaigns.ts";
import { createReleaseDesk } from "#postgres/releases.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { unspokenIn } from "#release/campaigns-spoken.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { publishDraft, sam, shippedFiles, uncheckedDesk } from "../support/releases.ts";
import { begin, dialled, runningCampaign, visit } from "../support/survey.ts";
import { hearback } from "../unit/cli/run-command.ts";

let db: TestDatabase;
/** Of a describe: releases are the whole database's. */
function inItsOwnDatabase(): void {
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(() => db.drop());
}

const path = "flows/fft.yaml";
const shipped = shippedFiles();
const plain = Buffer.from(shipped.get(path)!);
const puttingThrough = (flow: Uint8Array) =>
  Buffer.concat([
    flow,
    Buffer.from(`
  ask-a-person:
    kind: transfer
    to: ward-desk
    failed: say-goodbye
`),
  ]);
const withDesk = puttingThrough(plain);
const folders = (fft: Uint8Array = plain): ReleaseFiles => new Map([...shipped, [path, fft]]);

const transfer = (campaign: Pick<Campaign, "name">, args: string[], files: () => ReleaseFiles = folders) =>
  hearback(["campaign", "transfer", campaign.name, ...args], {
    env: { HEARBACK_DATABASE_URL: db.url },
    services: {
      openDatabase,
      releaseFolders: async () => ({ files: files(), fileBehind: (file) => file }),
    },
  });
const done = { status: 0, stderr: "" };

async function told(campaign: Campaign): Promise<object[]> {
  const { rows } = await db.pool.query(
    `select who_kind as kind, who_id as who, subject_id as subject, trust, details, at
     from housekeeping.audit_entry where action = 'campaign-transfer' and subject_id = $1 order by n`,
    [campaign.id],
  );
  return rows;
}

async function goLive(bytes: Buffer, at = path, files = folders): Promise<number> {
  const desk = uncheckedDesk(db.pool, files);
  const there = (await desk.file("draft", at))!;
  await desk.saveFile({ path: at, bytes, expectedHash: hashOf(there) }, sam);
  const number = await publishDraft(db.pool, undefined, files);
  await desk.approve(number, sam);
  return number;
}

describe("hearback campaign transfer", () => {
  inItsOwnDatabase();

  it("adds, changes and lists, tells the audit who did what, and shows no number", async () => {
    const campaign = await runningCampaign(db.pool);
    expect((await transfer(campaign, [])).stdout).toContain("can put callers through to nobody");
    const set = [
      ["ward-desk=01632 960123"],
      ["ward-desk", "--open", "mon-fri=08:00-16:00,sat=10:00-12:00", "--talk-limit", "20"],
      ["ward-desk=01632 960124"],
      ["ward-desk=01632 960124"],
    ];
    const said = [];
    for (const args of set) said.push(await transfer(campaign, args));
    expect(said).toMatchObject(
      ["is added", "is changed", "is changed", "was so already"].map((words) => ({
        ...{ ...done, stdout: expect.stringContaining(words) },
      })),
    );
    said.push(await transfer(campaign, []));
    expect(said.at(-1)!.stdout).toBe(
      "ward-desk  •••••••••••24  mon-fri=08:00-16:00,sat=10:00-12:00  talks of 20 minutes at most\n",
    );
    expect(JSON.stringify(said)).not.toMatch(/96012|6 ?012/);
    const week = [1, 2, 3, 4, 5].map((day) => [day, ["08:00", "16:00"]]);
    expect((await campaignById(db.pool, campaign.id))!.settings).toEqual({
      ...campaign.settings,
      transfers: {
        "ward-desk": {
          ...{ number: "+441632960124", talkMinutes: 20 },
          open: Object.fromEntries([...week, [6, ["10:00", "12:00"]]]),
        },
      },
    });
    await transfer(campaign, ["ward-desk", "--open", "campaign"]);
    const of = {
      kind: "command",
      who: userInfo().username,
      subject: campaign.id,
      trust: "RXX",
      at: expect.any(Date),
    };
    expect(await told(campaign)).toEqual([
      { ...of, details: { kind: "add", label: "ward-desk", field: "number, talkMinutes" } },
      { ...of, details: { kind: "change", label: "ward-desk", field: "open, talkMinutes" } },
      { ...of, details: { kind: "change", label: "ward-desk", field: "number" } },
      { ...of, details: { kind: "change", label: "ward-desk", field: "open" } },
    ]);
  });

  it("refuses what a new campaign is refused, and keeps what was there", async () => {
    const campaign = await runningCampaign(db.pool);
    for (const args of [
      ["ward-desk=0900 1234567"],
      ["ward-desk=01632 960123", "--talk-limit", "241"],
      ["desk", "--talk-limit", "5"],
    ])
      expect(await transfer(campaign, args)).toMatchObject({ status: 1, stdout: "" });
    expect((await campaignById(db.pool, campaign.id))!.settings.transfers).toEqual({});
    expect(await told(campaign)).toEqual([]);
  });

  it("loses neither of two changes that come at once", async () => {
    const campaign = await runningCampaign(db.pool);
    const names = ["a", "b", "c", "d"];
    await Promise.all(names.map((name) => transfer(campaign, [`${name}=01632 960123`])));
    const { transfers } = (await campaignById(db.pool, campaign.id))!.settings;
    expect(Object.keys(transfers).toSorted()).toEqual(names);
  });

  it("leaves a call that is going on what it began with, and gives the next one the new number", async () => {
    const campaign = await runningCampaign(db.pool);
    const whom = ({ settings }: Campaign) => {
      const always = {
        ...settings.callingHours,
        days: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((day) => [day, ["00:00", "24:00"]])),
      };
      const of = { ...campaign, settings: { ...settings, callingHours: { ...always, closedOn: [] } } };
      return transferTo("ward-desk", of as Campaign, { clock: systemClock, allowNumbers: new Set() });
    };
    await transfer(campaign, ["ward-desk=01632 960123"]);
    const here = async () => (await runningCampaigns(db.pool)).find(({ id }) => id === campaign.id);
    const begun = await here();
    await transfer(campaign, ["ward-desk=01632 960124"]);
    const next = await here();
    expect([begun!, next!].map(whom)).toMatchObject([{ phone: "+441632960123" }, { phone: "+441632960124" }]);
  });

  it("takes none off that the folders' flow names, as long as no release is live", async () => {
    const campaign = await runningCampaign(db.pool);
    await transfer(campaign, ["ward-desk=01632 960123"]);
    const refused = await transfer(campaign, ["--remove", "ward-desk"], () => folders(withDesk));
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the flow "fft" in the folders puts callers through to "ward-desk"'),
    });
    expect(await transfer(campaign, ["--remove", "ward-desk"])).toMatchObject(done);
    expect((await transfer(campaign, ["--remove", "ward-desk"])).stderr).toContain('no target "ward-desk"');
    expect((await told(campaign)).map((entry) => (entry as { details: object }).details)).toEqual([
      { kind: "add", label: "ward-desk", field: "number, talkMinutes" },
      { kind: "remove", label: "ward-desk" },
    ]);
  });
});

describe("hearback campaign transfer --remove, once there are releases", () => {
  inItsOwnDatabase();

  it("takes none off that one of the campaign's calls names: live, its own, or kept by a visit", async () => {
    const { attempt, campaign } = await dialled(db.pool, visit());
    await transfer(campaign, ["ward-desk=01632 960123"]);
    const noFolders = () => {
      throw new Error("a release is live: the folders are nobody's business");
    };
    const remove = () => transfer(campaign, ["--remove", "ward-desk"], noFolders);
    expect(await goLive(withDesk)).toBe(1);
    expect((await remove()).stderr).toContain(
      'the flow "fft" of release 1 puts callers through to "ward-desk"',
    );
    expect(await goLive(plain)).toBe(2);
    await db.pool.query("update campaign set release = 1 where id = $1", [campaign.id]);
    expect((await remove()).stderr).toContain("of release 1");
    await db.pool.query("update campaign set release = null where id = $1", [campaign.id]);
    const callId = await begin(db.pool, attempt, { release: 1 });
    expect((await remove()).stderr).toContain("of release 1");
    await createCallLog(db.pool).end({
      ...{ id: callId, disposition: "completed", endedBy: "us", machine: null, trail: [] },
    } as never);
    for (const status of ["status = 'held'", "status = 'done', disposition = 'partial'"]) {
      await db.pool.query(`update visit set ${status} where id = $1`, [attempt.visitId]);
      expect((await remove()).stderr, status).toContain("of release 1");
    }
    await db.pool.query("update visit set status = 'done', disposition = 'completed' where id = $1", [
      attempt.visitId,
    ]);
    expect(await remove()).toMatchObject(done);
  });
});

describe("rolling back to a flow whose target was removed since", () => {
  beforeEach(async () => {
    db = await createTestDatabase();
  });
  afterEach(() => db.drop());
  const flows = () => new Map([...shipped].filter(([at]) => at.startsWith("flows/")));

  it.each(["fft", "ring-back"])("is refused with the command that makes it possible: %s", async (flow) => {
    const campaign = await runningCampaign(db.pool);
    await transfer(campaign, ["ward-desk=01632 960123"]);
    const at = `flows/${flow}.yaml`;
    const without = Buffer.from(shipped.get(at)!);
    await goLive(puttingThrough(without), at, flows);
    await goLive(without, at, flows);
    expect(await transfer(campaign, ["--remove", "ward-desk"])).toMatchObject(done);
    const back = () => uncheckedDesk(db.pool, flows).rollback(1, "it was better", sam);
    const refused = await back();
    expect(refused).toMatchObject({
      kind: "refused",
      because: expect.stringContaining(
        `release 1 cannot come back as it is: campaign "${campaign.name}": the flow "${flow}" puts callers through`,
      ),
    });
    expect((await uncheckedDesk(db.pool, flows).state()).live).toBe(2);
    const [, remedy] = /hearback campaign transfer \S+ (\S+)=NUMBER$/.exec(
      (refused as { because: string }).because,
    )!;
    expect(await transfer(campaign, [`${remedy}=01632 960123`])).toMatchObject(done);
    expect(await back()).toEqual({ kind: "done", live: 1 });
  });

  it("is no matter of campaigns that rest, or keep a release of their own", async () => {
    const campaign = await runningCampaign(db.pool);
    await transfer(campaign, ["ward-desk=01632 960123"]);
    await goLive(withDesk, path, flows);
    await goLive(plain, path, flows);
    await transfer(campaign, ["--remove", "ward-desk"]);
    await db.pool.query("update campaign set release = 2 where id = $1", [campaign.id]);
    const back = () => uncheckedDesk(db.pool, flows).rollback(1, "it was better", sam);
    expect(await back()).toEqual({ kind: "done", live: 1 });
  });
});

describe("publishing a flow that names a new target", () => {
  inItsOwnDatabase();

  it("is refused with the very command that makes it possible", async () => {
    const campaign = await runningCampaign(db.pool);
    const whole = createReleaseDesk({
      ...{ folders, within: (work) => inTransaction(db.pool, work) },
      check: async () => ({ faults: [], tests: { failed: [], uncovered: [], passed: 1 } }),
      spoken: async (files, needs) =>
        unspokenIn(files, needs).filter((fault) => fault.includes("puts callers through")),
    });
    await whole.saveFile({ path, bytes: withDesk, expectedHash: hashOf(plain) }, sam);
    const { digest } = await whole.draft();
    await whole.keepWalk({ digest, passed: true, by: sam, report: [] });
    const refused = await whole.publish({ note: "a person", digest }, sam);
    expect(refused).toMatchObject({ kind: "refused", obstacles: [expect.any(String)] });
    const [, remedy] = /hearback campaign transfer \S+ (\S+)=NUMBER$/.exec(
      (refused as { obstacles: string[] }).obstacles[0]!,
    )!;
    expect(await transfer(campaign, [`${remedy}=01632 960123`])).toMatchObject(done);
    expect(await whole.publish({ note: "a person", digest }, sam)).toMatchObject({ kind: "published" });
  });
});
