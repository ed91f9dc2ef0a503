import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CampaignSettings } from "#campaign/campaign.ts";
import { newName } from "#lib/ids.ts";
import {
  campaignByName,
  createCampaign,
  listCampaigns,
  pauseCampaign,
  runningCampaigns,
  startCampaign,
  stopCampaign,
} from "#postgres/campaigns.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { settings } from "../support/survey.ts";

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterAll(() => db.drop());

const create = (different: Partial<CampaignSettings> = {}, name = newName("campaign")) =>
  createCampaign(pool, {
    name,
    trust: "RXX",
    unit: "all",
    rehearsal: false,
    settings: { ...settings, ...different },
  });

describe("a campaign", () => {
  it("is kept with its settings, as a draft", async () => {
    const callbacks = { tryAgainAfterMinutes: 15, offerAfterSeconds: [10, 20] };
    const { name, ...campaign } = await create({ callbacks });
    expect(campaign).toMatchObject({
      status: "draft",
      rehearsal: false,
      settings: { ...settings, callbacks },
    });
    expect(await campaignByName(pool, name)).toEqual({ name, ...campaign });
    expect(await campaignByName(pool, "no such")).toBeNull();
    expect((await listCampaigns(pool)).map((c) => c.name)).toContain(name);
    await expect(create({}, name)).rejects.toMatchObject({ code: "campaign_exists" });
  });

  it("starts, pauses, starts again and stops for good", async () => {
    const { name } = await create();
    await expect(pauseCampaign(pool, name)).rejects.toMatchObject({ code: "campaign_status" });
    expect(await startCampaign(pool, name)).toMatchObject({ status: "running" });
    expect((await runningCampaigns(pool)).map((c) => c.name)).toContain(name);
    expect(await pauseCampaign(pool, name)).toMatchObject({ status: "paused" });
    expect((await runningCampaigns(pool)).map((c) => c.name)).not.toContain(name);
    await startCampaign(pool, name);
    await stopCampaign(pool, name);
    await expect(startCampaign(pool, name)).rejects.toMatchObject({ code: "campaign_status" });
    await expect(startCampaign(pool, "no such")).rejects.toMatchObject({ code: "campaign_missing" });
  });

  it.each([
    ["callerNumber", { callerNumber: "0909 879 0000" }],
    ["ringSeconds", { ringSeconds: 14 }],
    ["maxCalls", { maxCalls: 0 }],
    ["spokenName", { spokenName: "../secret" }],
    ["callingHours", { callingHours: { ...settings.callingHours, days: { 8: ["09:00", "17:00"] } } }],
    ["callingHours", { callingHours: { ...settings.callingHours, closedOn: ["25.12.2026"] } }],
    ["settings", { nonsense: true }],
  ] as [string, Partial<CampaignSettings>][])(
    "is refused with a wrong %s, which is named but not shown",
    async (path, wrong) => {
      const refused = await create(wrong).catch((error: Error) => error);
      expect(refused).toMatchObject({ code: "campaign_settings", message: expect.stringContaining(path) });
      expect((refused as Error).message).not.toContain("0909 879");
    },
  );

  it("does not start without a caller number", async () => {
    const { name } = await create({ callerNumber: "", ringBackNumber: "" });
    await expect(startCampaign(pool, name)).rejects.toMatchObject({ code: "campaign_not_ready" });
    expect(await campaignByName(pool, name)).toMatchObject({ status: "draft" });
  });

  it("is refused where a later version or a hand changed what is stored", async () => {
    const { name } = await create();
    await pool.query(`update campaign set settings = settings || '{"maxCalls": "many"}' where name = $1`, [
      name,
    ]);
    await expect(startCampaign(pool, name)).rejects.toMatchObject({
      code: "campaign_settings",
      message: expect.stringMatching(new RegExp(`"${name}".*\n  maxCalls: `)),
    });
    await pool.query("delete from campaign where name = $1", [name]);
  });
});
