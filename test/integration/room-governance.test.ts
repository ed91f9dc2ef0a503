/** Governance: the audit, retention, and one person's data: shown, copied and erased, with proof. */
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { letGo } from "#app-start.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { createStopOrder } from "#lib/stop-order.ts";
import { createErasureRows } from "#postgres/erase-story.ts";
import { runRetention } from "#postgres/retention.ts";
import { toALawWav } from "#recording/a-law-wav.ts";
import { eraseStory } from "#recording/erase-story.ts";
import { storyKey } from "#recording/keep-story.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { memoryStore, type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { dramaNumber, importVisits, runningCampaign, visit } from "../support/survey.ts";
import { type ToldStory, toldStory } from "../support/told-story.ts";

const store = memoryStore();
let db: TestDatabase;
let room: TestRoom;
let governor: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool, { store });
  governor = await room.visitor("governance");
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

const one = async <T>(sql: string, values: unknown[] = []): Promise<T> =>
  (await db.pool.query(sql, values)).rows[0];
const over = (told: ToldStory) =>
  db.pool.query(
    `with c as (update call set ended_at = clock_timestamp(), disposition = 'completed', ended_by = 'us' where visit_id = $1),
       a as (update attempt set state = 'ended', disposition = 'completed', ended_at = clock_timestamp() where visit_id = $1)
     update visit set status = 'done', disposition = 'completed' where id = $1`,
    [told.attempt.visitId],
  );
/** Asks for the person who told this story, by the number that rang. */
async function ask(told: ToldStory, who = governor): Promise<string> {
  const { phone } = await one<{ phone: string }>("select visit_ref as phone from visit where id = $1", [
    told.attempt.visitId,
  ]);
  const number = numbers.get(phone) ?? "";
  const { headers } = await who.post("/governance/person", {
    key: number,
    trust: "RXX",
    reason: "request 17",
  });
  return String(headers.location);
}
const numbers = new Map<string, string>();
let taken = 100;
async function told(): Promise<ToldStory> {
  taken += 1;
  const phone = dramaNumber(taken);
  const story = await toldStory(db.pool, { of: visit({ phone, givenName: "Jo" }) });
  const { ref } = await one<{ ref: string }>("select visit_ref as ref from visit where id = $1", [
    story.attempt.visitId,
  ]);
  numbers.set(ref, phone);
  await over(story);
  return story;
}

describe("one person's data", () => {
  it("is found by number, told, copied with names, and audited without them", async () => {
    const story = await told();
    await store.put(storyKey(story.storyId), toALawWav(Buffer.alloc(8_000, 0xd5)));
    const address = await ask(story);
    expect(address).toMatch(/^\/governance\/person\/[0-9a-f-]{36}$/);
    const { text } = await governor.get(address);
    expect(text).toContain(`Person with number ending ${String(taken).padStart(3, "0")}`);
    expect(text).toMatch(/Stories<\/dt><dd[^>]*>1</);
    const { bytes, headers } = await governor.post(`${address}/copy`);
    expect(headers["cache-control"]).toBe("no-store");
    const files = unzipSync(bytes);
    expect(files[`story-${story.storyId}.wav`]?.length).toBe(16_044);
    const copied = JSON.parse(Buffer.from(files["data.json"]!).toString());
    expect(copied.visits).toMatchObject([{ telephone: dramaNumber(taken), givenName: "Jo" }]);
    expect(copied.stories).toMatchObject([{ id: story.storyId }]);
    const { entries } = await one<{ entries: string }>(
      "select string_agg(to_jsonb(e)::text, ' ') as entries from housekeeping.audit_entry e",
    );
    expect(entries).toContain("copied");
    expect(entries).not.toContain(dramaNumber(taken).slice(3));
    expect(entries).not.toContain("Jo");
  });

  it("is erased for good: sound, words, names, numbers and hashes; the rating stays, the list's row too", async () => {
    const story = await told();
    const address = await ask(story);
    expect((await governor.post(`${address}/erase`)).status).toBe(422);
    expect((await governor.post(`${address}/erase`, { sure: "yes", neverCall: "yes" })).status).toBe(303);
    const { visitId } = story.attempt;
    const left = await one<Record<string, unknown>>(
      `select length(phone_enc) as phone, given_name_enc as name, nhs_number_enc as nhs, extra_enc as extra,
         erased_at is not null as erased, visit_ref is not null as listed,
         (select audio from story where visit_id = v.id) as audio,
         (select count(*)::int from transcript t join story s on s.id = t.story_id where s.visit_id = v.id) as words
       from visit v where id = $1`,
      [visitId],
    );
    expect(left).toEqual({
      ...{
        phone: 0,
        name: null,
        nhs: null,
        extra: null,
        erased: true,
        listed: true,
        audio: "discarded",
        words: 0,
      },
    });
    const { text } = await governor.get(address);
    expect(text).toContain("This is the proof");
    expect(text).toMatch(/stories<\/dt><dd[^>]*>1</);
    expect(text).toMatch(/Wishes not to be called<\/dt><dd[^>]*>1</);
    const again = await runningCampaign(db.pool);
    const phone = numbers.get(
      (await one<{ r: string }>("select visit_ref as r from visit where id = $1", [visitId])).r,
    )!;
    await importVisits(db.pool, again.id, [visit({ phone })]);
    const { suppressed } = await one<{ suppressed: boolean }>(
      "select suppressed(phone_hmac, person_hmac) from visit where campaign_id = $1",
      [again.id],
    );
    expect(suppressed).toBe(true);
  });

  it("is not called any more once it is erased", async () => {
    const campaign = await runningCampaign(db.pool);
    const phone = dramaNumber(990);
    await importVisits(db.pool, campaign.id, [visit({ phone }), visit({ phone })]);
    const { headers } = await governor.post("/governance/person", {
      key: phone,
      trust: "RXX",
      reason: "wish",
    });
    await governor.post(`${headers.location}/erase`, { sure: "yes" });
    const { statuses } = await one<{ statuses: string[] }>(
      "select array_agg(distinct status) as statuses from visit where campaign_id = $1",
      [campaign.id],
    );
    expect(statuses).toEqual(["withdrawn"]);
  });

  it.each([
    ["12345", "request", "Enter a UK telephone number"],
    ["07700 900123", "", "Say why"],
  ])("says what is wrong with %s", async (key, reason, words) => {
    const { status, text } = await governor.post("/governance/person", { key, trust: "RXX", reason });
    expect(status).toBe(422);
    expect(text).toContain(words);
    expect(text).not.toContain(key);
  });

  it("is another trust's business only for that trust", async () => {
    const story = await told();
    const address = await ask(story);
    const other = await room.visitor([{ role: "governance", trust: "RYY" }]);
    expect((await other.get(address)).status).toBe(404);
    expect((await other.post(`${address}/copy`)).status).toBe(404);
    expect((await other.post(`${address}/erase`, { sure: "yes" })).status).toBe(404);
    expect(
      (await other.post("/governance/person", { key: "07700 900123", trust: "RXX", reason: "mine" })).status,
    ).toBe(422);
  });
});

describe("retention", () => {
  it("keeps all until somebody says how long, and says what would go", async () => {
    const { text } = await governor.get("/governance/retention");
    expect(text).toContain("Nobody has set anything");
    const { status } = await governor.post("/governance/retention", {
      trust: "RXX",
      storyDays: "30",
      personDays: "",
      reason: "policy 4",
    });
    expect(status).toBe(303);
    expect((await governor.get("/governance/retention")).text).toContain('value="30"');
  });

  it("lets go what is older, leaves the rest, and says so in the audit", async () => {
    const [old, young] = [await told(), await told()];
    await db.pool.query(
      "update story set created_at = clock_timestamp() - interval '31 days' where id = $1",
      [old.storyId],
    );
    const rows = createErasureRows(db.pool, { backupDays: 30 });
    const store = { remove: async () => {} };
    const erase = (id: string, order: Parameters<typeof eraseStory>[2]) =>
      eraseStory({ rows, store, logger: silentLogger }, id, order);
    expect(await runRetention(db.pool, erase)).toEqual({ stories: 1, visits: 0 });
    const audio = (id: string) => one("select audio from story where id = $1", [id]);
    expect(await audio(old.storyId)).toEqual({ audio: "discarded" });
    expect(await audio(young.storyId)).toEqual({ audio: "stored" });
    expect((await governor.get("/governance/audit?action=retention-run")).text).toContain("files: 1");
    expect(await runRetention(db.pool, erase)).toEqual({ stories: 0, visits: 0 });
  });

  it("lets go by itself while serve runs, from its start on", async () => {
    const old = await told();
    await db.pool.query(
      "update story set created_at = clock_timestamp() - interval '31 days' where id = $1",
      [old.storyId],
    );
    const order = createStopOrder({ clock: systemClock, onFault: () => {} });
    const parts = { pool: db.pool, store };
    letGo({ settings: { backupDays: 30 }, logger: silentLogger, order, parts });
    const audio = () => one("select audio from story where id = $1", [old.storyId]);
    await expect.poll(audio).toEqual({ audio: "discarded" });
    await order.stopAll(() => {});
  });

  it("forgets who visits were of, that are over long enough", async () => {
    const story = await told();
    await governor.post("/governance/retention", {
      trust: "RXX",
      storyDays: "",
      personDays: "7",
      reason: "policy 5",
    });
    await db.pool.query("alter table visit disable trigger visit_updated_at");
    await db.pool.query("update visit set updated_at = clock_timestamp() - interval '8 days' where id = $1", [
      story.attempt.visitId,
    ]);
    await db.pool.query("alter table visit enable trigger visit_updated_at");
    const { visits } = await runRetention(db.pool, async () =>
      Promise.reject(new Error("no story was to go")),
    );
    expect(visits).toBe(1);
    expect(
      await one("select erased_at is not null as gone, length(phone_enc) as left from visit where id = $1", [
        story.attempt.visitId,
      ]),
    ).toEqual({ gone: true, left: 0 });
  });

  it.each(["0", "-1", "1.5", "many", "99999999"])("refuses %s days", async (storyDays) => {
    const { status, text } = await governor.post("/governance/retention", {
      trust: "RXX",
      storyDays,
      reason: "policy",
    });
    expect(status).toBe(422);
    expect(text).toContain("whole number");
  });
});

describe("the audit's page", () => {
  it("shows entries by kind, and exports them for a reason that is audited", async () => {
    expect((await governor.get("/governance/audit?action=subject-access")).text).toContain("request 17");
    expect((await governor.get("/governance/audit?action=sign-in")).text).toContain(
      "Nothing in the audit fits",
    );
    expect((await governor.post("/governance/audit.csv", { reason: "" })).status).toBe(400);
    const { status, text } = await governor.post("/governance/audit.csv", {
      reason: "yearly look",
      action: "erase",
    });
    expect(status).toBe(200);
    expect(text.split("\r\n")[0]).toMatch(/^"?n"?,"?at/);
    expect((await governor.get("/governance/audit?action=audit-export")).text).toContain("yearly look");
  });

  it("is of one's own trust", async () => {
    const other = await room.visitor([{ role: "governance", trust: "RYY" }]);
    expect((await other.get("/governance/audit?action=erase")).text).toContain("Nothing in the audit fits");
  });
});

describe("governance", () => {
  const pages = ["/governance", "/governance/audit", "/governance/retention", "/governance/person"];
  it.each(["clinician", "coordinator", "telecoms"] as const)("is not %s's", async (role) => {
    const visitor = await room.visitor(role);
    for (const page of pages) expect([page, (await visitor.get(page)).status]).toEqual([page, 403]);
    for (const page of ["/governance/person", "/governance/retention", "/governance/audit.csv"])
      expect([page, (await visitor.post(page, { trust: "RXX", key: "07700 900123" })).status]).toEqual([
        page,
        403,
      ]);
  });
});
