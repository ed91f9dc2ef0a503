import { afterAll, beforeAll, expect, it } from "vitest";
import { auditPage } from "#postgres/audit-log.ts";
import { readWork } from "#postgres/vital-signs.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRole, type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { toldStory } from "../support/told-story.ts";

let db: TestDatabase;
let room: TestRoom;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

const query = async (sql: string, ...values: unknown[]) => (await db.pool.query(sql, values)).rows;
const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");

async function flagged(visitor: Visitor): Promise<{ storyId: string; flagId: string }> {
  const { storyId } = await toldStory(db.pool);
  await visitor.post(`/stories/${storyId}/flag`, { reason: "a fall that nobody saw" });
  const [{ id }] = await query("select id from urgent_flag where story_id = $1", storyId);
  return { storyId, flagId: id };
}

it("says what to do while nothing is urgent", async () => {
  const { text } = await (await room.visitor([{ ward: "Elsewhere" }])).get("/urgent");
  expect(text).toContain("Nothing is urgent.");
});

it("goes from the flag to the end by people, each step with its reason, on the page and in the audit", async () => {
  const one = await room.visitor("clinician", "Pat Example");
  const two = await room.visitor("coordinator", "Chris Sample");
  const { storyId, flagId } = await flagged(one);
  const at = `/urgent/${flagId}`;
  expect(textOf((await two.get("/urgent")).text)).toMatch(
    /Open waiting for 0 minutes, 4 hours left\. Nobody has taken it\. a fall that nobody saw/,
  );
  expect(
    (await query("select flagged_at from story_card where story_id = $1", storyId))[0].flagged_at,
  ).not.toBeNull();
  expect((await one.post(`/stories/${storyId}/flag`, { reason: "once more" })).status).toBe(422);

  expect((await two.post(`${at}/take`)).headers.location).toBe(`/urgent?done=take#flag-${flagId}`);
  expect((await one.post(`${at}/take`)).status).toBe(422);
  expect(textOf((await one.get("/urgent")).text)).toContain("Chris Sample has taken it");
  expect((await two.post(`${at}/hand-over`, { user: one.who.userId, reason: "" })).status).toBe(422);
  await two.post(`${at}/hand-over`, { user: one.who.userId, reason: "she knows the ward" });
  expect((await one.post(`${at}/give-back`, { reason: "" })).status).toBe(422);
  await one.post(`${at}/give-back`, { reason: "off duty" });
  expect(textOf((await one.get("/urgent")).text)).toContain("Nobody has taken it.");

  expect((await one.post(`${at}/close`, { because: "", done: "rang the ward" })).status).toBe(422);
  expect((await one.post(`${at}/close`, { because: "acted", done: "" })).status).toBe(422);
  expect((await query("select closed_at from urgent_flag where id = $1", flagId))[0].closed_at).toBeNull();
  await one.post(`${at}/close`, { because: "acted", done: "rang the ward" });
  expect((await two.post(`${at}/take`)).status).toBe(422);
  const told = textOf((await two.get("/urgent")).text);
  expect(told).toMatch(/Closed by Pat Example, .* We acted on it: rang the ward/);
  for (const step of [
    "flagged it",
    "took it",
    "handed it over to Pat Example: she knows the ward",
    "gave it back: off duty",
  ])
    expect(told).toContain(step);
  expect(
    (await query("select flagged_at from story_card where story_id = $1", storyId))[0].flagged_at,
  ).toBeNull();

  const { items } = await auditPage(
    db.pool,
    { subject: { kind: "story", id: storyId } },
    { before: null, limit: 50 },
  );
  expect(items.toReversed().map(({ action, details }) => [action, details.state])).toEqual([
    ["read-story", undefined],
    ["flag", "flagged"],
    ["assign", "taken"],
    ["assign", "handed_over"],
    ["assign", "given_back"],
    ["unflag", "closed"],
  ]);
  expect(JSON.stringify(items)).not.toMatch(/fall|ward|duty/);
  await one.post(`/stories/${storyId}/flag`, { reason: "and again" });
  expect(await query("select 1 from urgent_flag where story_id = $1", storyId)).toHaveLength(2);
});

it("is for those who may hear the story, and nobody else", async () => {
  const { flagId } = await flagged(await room.visitor("clinician"));
  const acts = {
    ...{ take: {}, "give-back": { reason: "a reason" } },
    "hand-over": { user: "", reason: "a reason" },
    close: { because: "acted", done: "all of it" },
  };
  const allowed = { clinician: 200, coordinator: 200, telecoms: 403, governance: 403 };
  for (const role of everyRole)
    expect([role, (await (await room.visitor(role)).get("/urgent")).status]).toEqual([role, allowed[role]]);
  for (const [act, form] of Object.entries(acts)) {
    for (const role of ["telecoms", "governance"] as const)
      expect((await (await room.visitor(role)).post(`/urgent/${flagId}/${act}`, form)).status).toBe(403);
    const elsewhere = await room.visitor([{ ward: "Elsewhere" }]);
    const status = act === "hand-over" ? 422 : 404;
    expect([act, (await elsewhere.post(`/urgent/${flagId}/${act}`, form)).status]).toEqual([act, status]);
    expect((await elsewhere.get("/urgent")).text).not.toContain(flagId);
  }
  const strange = await room.visitor([{ trust: "RYY" }]);
  const mine = await room.visitor("clinician");
  const over = await mine.post(`/urgent/${flagId}/hand-over`, {
    user: strange.who.userId,
    reason: "a reason",
  });
  expect(over.status).toBe(422);
  expect((await query("select owner from urgent_flag where id = $1", flagId))[0].owner).toBeNull();
});

it("is counted among the vital signs while nobody takes it", async () => {
  await query("delete from urgent_step");
  await query("delete from urgent_flag");
  expect((await readWork(db.pool)).urgent).toEqual({ open: 0, untaken: [], oldestUntakenSeconds: null });
  const visitor = await room.visitor("clinician");
  const { flagId, storyId } = await flagged(visitor);
  await query("update urgent_flag set flagged_at = now() - interval '45 minutes' where id = $1", flagId);
  const { urgent } = await readWork(db.pool);
  expect(urgent).toMatchObject({ open: 1, untaken: [storyId] });
  expect(urgent.oldestUntakenSeconds).toBeGreaterThan(2_699);
  await visitor.post(`/urgent/${flagId}/take`);
  expect((await readWork(db.pool)).urgent).toEqual({ open: 1, untaken: [], oldestUntakenSeconds: null });
});
