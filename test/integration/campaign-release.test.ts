/** A campaign that runs on a release of its own: what its calls get, what a roll-back does to it, who may choose. */
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { paperBook } from "#call/audio.ts";
import { type CallVoices, voiceOfNewCall } from "#call/voices.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { pin } from "#postgres/acts.ts";
import { releaseOfCampaign } from "#postgres/campaign-release.ts";
import { campaignById, runningCampaigns } from "#postgres/campaigns.ts";
import { noteTrouble } from "#postgres/release-troubles.ts";
import { createReleaseDesk } from "#postgres/releases.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { type CampaignsSpoken, unspokenIn } from "#release/campaigns-spoken.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { createVoices } from "#release-voices.ts";
import type { ReleaseVoice } from "#storage/release-voice.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { publishDraft, sam, shippedFiles, uncheckedDesk } from "../support/releases.ts";
import { testRoom } from "../support/room.ts";
import { runningCampaign, settings, visit } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeEach(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterEach(() => db.drop());

const path = "flows/ring-back.yaml";
const folders = () => new Map([[path, Buffer.from("flow: ring-back\n")]]);
const desk = () => uncheckedDesk(pool, folders);

async function publish(): Promise<number> {
  const there = (await desk().file("draft", path))!;
  const bytes = Buffer.concat([Buffer.from("# changed\n"), there]);
  await desk().saveFile({ path, bytes, expectedHash: hashOf(there) }, sam);
  return publishDraft(pool, undefined, folders);
}

async function goLive(): Promise<number> {
  const number = await publish();
  await desk().approve(number, sam);
  return number;
}

const anything: CampaignsSpoken = async () => [];
const by = { kind: "command", id: "sam", name: "sam" } as const;
const pinTo = (campaign: Campaign, release: number | null, spoken = anything) =>
  pin(pool, by, { campaign, release, spoken });

const voiceOf = (release: number | null): ReleaseVoice => ({
  ...{ release, flows: new Map([["fft", {} as never]]), book: paperBook },
  prompts: { language: "en-GB", ids: new Set(), words: new Map() },
});

async function voices(): Promise<CallVoices> {
  const made = createVoices({
    ...{ pool, owner: newName("app"), folders: voiceOf(null), logger: silentLogger },
    load: async (_, release) => voiceOf(release),
    layNames: async () => {},
  });
  await made.look();
  return made;
}

const drawn = async (release: number | null = null): Promise<number | null> => {
  const [campaign] = await runningCampaigns(pool);
  return (await voiceOfNewCall(await voices(), campaign!, { release })).release;
};

describe("a campaign", () => {
  it("gets what is live, or the release it is pinned to; a visit keeps its own", async () => {
    const campaign = await runningCampaign(pool);
    await goLive();
    await goLive();
    expect(await drawn()).toBe(2);
    expect(await pinTo(campaign, 1)).toEqual({ kind: "pinned", release: 1 });
    expect(await drawn()).toBe(1);
    expect(await drawn(2), "of the visit's first answered call").toBe(2);
    await pinTo(campaign, null);
    expect(await drawn()).toBe(2);
  });

  it("is pinned to nothing that is not there, on trial, rolled back, or cannot say what it needs", async () => {
    const campaign = await runningCampaign(pool);
    await goLive();
    const canary = await publish();
    expect(await pinTo(campaign, 7)).toMatchObject({ because: [expect.stringContaining("no release 7")] });
    expect(await pinTo(campaign, canary)).toMatchObject({
      because: [expect.stringContaining("canary still")],
    });
    await desk().rollback(null, "no", sam);
    expect(await pinTo(campaign, canary)).toMatchObject({
      because: [expect.stringContaining("was rolled back")],
    });
    const unspoken: CampaignsSpoken = async (files, [needs]) => [`${needs!.name} ${[...files.keys()]}`];
    expect(await pinTo(campaign, 1, unspoken)).toEqual({
      ...{ kind: "refused", because: [`${campaign.name} ${path}`] },
    });
    expect((await campaignById(pool, campaign.id))!.release).toBeNull();
  });

  it("keeps a release that is rolled back, and is told so", async () => {
    const campaign = await runningCampaign(pool);
    await goLive();
    await goLive();
    await pinTo(campaign, 2);
    expect(await desk().rollback(null, "worse words", sam)).toEqual({ kind: "done", live: 1 });
    expect(await drawn()).toBe(2);
    expect(await releaseOfCampaign(pool, campaign.id)).toMatchObject({
      ...{ pinned: 2, live: 1, rolledBack: { why: "worse words", harmed: false } },
    });
  });

  it("leaves one at once that lacked a prompt, until that is live again", async () => {
    const campaign = await runningCampaign(pool);
    await goLive();
    await goLive();
    await pinTo(campaign, 2);
    await noteTrouble(pool, { release: 2, kind: "missing-prompt", subject: "hello (en-GB)" });
    await desk().rollback(null, "no sound", sam);
    expect(await drawn()).toBe(1);
    expect(await releaseOfCampaign(pool, campaign.id)).toMatchObject({
      ...{ pinned: 2, rolledBack: { harmed: true } },
    });
    await desk().rollback(2, "it was something else", sam);
    expect(await drawn()).toBe(2);
    expect((await releaseOfCampaign(pool, campaign.id)).rolledBack).toBeNull();
  });
});

describe("publishing", () => {
  it("asks for running campaigns that would get it, with the languages of their lists", async () => {
    const campaign = await runningCampaign(pool, [visit({ language: "cy-GB" }), visit({ language: null })]);
    const asked: unknown[] = [];
    const spoken: CampaignsSpoken = async (_, campaigns) => {
      asked.push(campaigns.map(({ name, languages }) => [name, languages]));
      return campaigns.map(({ name }) => `campaign "${name}": there is no call flow "fft"`);
    };
    const check = async () => ({ faults: [], tests: { failed: [], uncovered: [], passed: 1 } });
    const whole = createReleaseDesk({
      ...{ folders, check, spoken, within: (work) => inTransaction(pool, work) },
    });
    await goLive();
    const there = (await whole.file("draft", path))!;
    await whole.saveFile({ path, bytes: Buffer.from("flow: other\n"), expectedHash: hashOf(there) }, sam);
    const { digest } = await whole.draft();
    await whole.keepWalk({ digest, passed: true, by: sam, report: [] });
    expect(await whole.publish({ note: "n", digest }, sam)).toMatchObject({
      kind: "refused",
      obstacles: [`campaign "${campaign.name}": there is no call flow "fft"`],
    });
    await pinTo(campaign, 1);
    expect(await whole.publish({ note: "n", digest }, sam)).toMatchObject({ kind: "published" });
    expect(asked).toEqual([[[campaign.name, ["cy-GB"]]], []]);
  });

  it("is refused without the greeting for those who ring us", async () => {
    const whole = createReleaseDesk({
      ...{ folders, spoken: anything, within: (work) => inTransaction(pool, work) },
      check: async () => ({ faults: [], tests: { failed: [], uncovered: [], passed: 0 } }),
    });
    const there = (await whole.file("draft", path))!;
    await whole.saveFile({ path, bytes: null, expectedHash: hashOf(there) }, sam);
    const { digest } = await whole.draft();
    await whole.keepWalk({ digest, passed: true, by: sam, report: [] });
    expect(await whole.publish({ note: "n", digest }, sam)).toMatchObject({
      ...{ kind: "refused", obstacles: [expect.stringContaining(`there is no ${path}`)] },
    });
  });

  const needs = (more: object = {}) => ({
    ...{ name: "may", rehearsal: false, languages: [] as string[] },
    settings: { ...settings, spokenName: "trust-your-hospital" },
    ...more,
  });
  const unspoken = (more: object, files: ReleaseFiles = shippedFiles()) => unspokenIn(files, [needs(more)]);

  it("has nothing against what the files can say", () => {
    expect(unspoken({})).toEqual([]);
    expect(unspoken({ rehearsal: true, languages: ["cy-GB"] })).toEqual([]);
  });

  it("is refused for a flow that is gone, a language nobody approved, and a name nobody has spoken", () => {
    const without = new Map([...shippedFiles()].filter(([name]) => name !== "flows/fft.yaml"));
    expect(unspoken({}, without)).toEqual([
      expect.stringMatching(/^campaign "may": there is no call flow "fft"; there are: /),
    ]);
    expect(unspoken({ languages: ["cy-GB"] })).toEqual([
      expect.stringMatching(/its list has people to be spoken to in cy-GB: .*hearback prompts approve/),
    ]);
    expect(unspokenIn(shippedFiles(), [needs({ languages: ["cy-GB"] })], "page")).toEqual([
      expect.stringMatching(/spoken to in cy-GB: .*ask telecoms to let somebody who speaks it listen/),
    ]);
    const nameless = new Map(
      [...shippedFiles()].filter(([name]) => !name.endsWith("trust-your-hospital.wav")),
    );
    expect(unspoken({}, nameless)).toEqual([expect.stringContaining('no prompt "trust-your-hospital"')]);
  });
});

describe("the campaign's page", () => {
  it("chooses a release, warns of one that was rolled back, and tells the audit", async () => {
    await goLive();
    await goLive();
    const room = await testRoom(pool);
    try {
      const coordinator = await room.visitor("coordinator");
      const campaign = await runningCampaign(pool);
      await pool.query("update campaign set trust = 'RXX'");
      const page = `/campaigns/${campaign.id}`;
      expect((await coordinator.get(page)).text).toContain("release 2, which is live");
      const refused = await coordinator.post(`${page}/release`, { release: "9" });
      expect(refused.status).toBe(409);
      expect(refused.text).toContain("there is no release 9");
      expect((await coordinator.post(`${page}/release`, { release: "x" })).status).toBe(404);
      const telecoms = await room.visitor("telecoms");
      expect((await telecoms.post(`${page}/release`, { release: "live" })).status).toBe(403);
      await pinTo(campaign, 2);
      await desk().rollback(null, "worse words", sam);
      const { text } = await coordinator.get(page);
      expect(text).toContain("Release 2 was rolled back");
      expect(text).toContain("worse words");
      expect((await coordinator.post(`${page}/release`, { release: "live" })).status).toBe(303);
      expect((await campaignById(pool, campaign.id))!.release).toBeNull();
      const { rows } = await pool.query(
        `select details from housekeeping.audit_entry where action = 'campaign-release' order by n`,
      );
      expect(rows).toEqual([{ details: { from: null, to: 2 } }, { details: { from: 2, to: null } }]);
    } finally {
      await room.close();
    }
  });
});
