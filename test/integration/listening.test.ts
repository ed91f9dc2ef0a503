import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditPage } from "#postgres/audit-log.ts";
import { createTranscriptRows } from "#postgres/transcripts.ts";
import { storyKey } from "#recording/keep-story.ts";
import { browserWav } from "#web/browser-wav.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { fiveSeconds, heardStory, type TestStore, testStore } from "../support/heard-story.ts";
import { everyRole, type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { toldStory } from "../support/told-story.ts";

let db: TestDatabase;
let store: TestStore;
let room: TestRoom;
beforeAll(async () => {
  db = await createTestDatabase();
  store = await testStore();
  room = await testRoom(db.pool, { store });
});
afterAll(async () => {
  await room.close();
  await db.drop();
  await store.drop();
});

const story = () => heardStory(db.pool, store);
const query = async (sql: string, ...values: unknown[]) => (await db.pool.query(sql, values)).rows;
const srcOf = (text: string) => /src="(\/listen\/[^"]+)"/.exec(text)![1]!;
const audited = async (storyId: string) =>
  (await auditPage(db.pool, { subject: { kind: "story", id: storyId } }, { before: null, limit: 50 })).items
    .map(({ action }) => action)
    .toReversed();
const expected = browserWav(fiveSeconds);
/** Opens a story, as a browser does. */
async function open(visitor: Visitor, storyId: string) {
  const page = await visitor.get(`/stories/${storyId}`);
  expect(page.status).toBe(200);
  return { ...page, src: srcOf(page.text) };
}

describe("the sound of a story", () => {
  it("is byte for byte what is stored, whole and in any ranges, and one listen in the audit", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    const { src } = await open(visitor, storyId);
    expect(await audited(storyId)).toEqual(["read-story"]);
    const whole = await visitor.get(src);
    expect([whole.status, whole.headers["content-type"], whole.headers["cache-control"]]).toEqual([
      ...[200, "audio/wav", "no-store"],
    ]);
    expect(whole.bytes.equals(expected)).toBe(true);
    for (const [from, to] of [
      [0, 99],
      [100, 40_001],
      [40_002, expected.length - 1],
    ] as const) {
      const part = await visitor.get(src, { range: `bytes=${from}-${to}` });
      expect([part.status, part.headers["content-range"]]).toEqual([
        206,
        `bytes ${from}-${to}/${expected.length}`,
      ]);
      expect(part.bytes.equals(expected.subarray(from, to + 1))).toBe(true);
    }
    const behind = await visitor.get(src, { range: `bytes=${expected.length}-` });
    expect([behind.status, behind.headers["content-range"]]).toEqual([416, `bytes */${expected.length}`]);
    expect(await audited(storyId)).toEqual(["read-story", "listen"]);
  });

  it("goes on under the same grant when its page is loaded again", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    const [first, second] = [await open(visitor, storyId), await open(visitor, storyId)];
    expect(second.src).toBe(first.src);
    const renewed = await visitor.post(`/stories/${storyId}/listen`);
    expect(JSON.parse(renewed.text).src).toBe(first.src);
    expect(await audited(storyId)).toEqual(["read-story"]);
  });

  it("is refused to anybody but the session that opened it, and once its time is over", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    const { src } = await open(visitor, storyId);
    expect((await room.nobody.get(src)).status).toBe(303);
    for (const other of [await room.visitor("clinician"), await room.visitor("coordinator")])
      expect((await other.get(src)).status).toBe(403);
    await query("update listening_grant set session_id = gen_random_uuid() where story_id = $1", storyId);
    expect((await visitor.get(src)).status).toBe(403);
    const again = await open(visitor, storyId);
    await query("update listening_grant set expires_at = now() where story_id = $1", storyId);
    expect((await visitor.get(again.src)).status).toBe(403);
    expect(await audited(storyId)).not.toContain("listen");
    expect((await visitor.get("/listen/0198c0de-0000-7000-8000-000000000000.wav")).status).toBe(403);
    expect((await visitor.get("/listen/anything.wav")).status).toBe(404);
  });

  it("is refused to whoever lost the right to it", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    const { src } = await open(visitor, storyId);
    await query("delete from housekeeping.user_grant where user_id = $1", visitor.who.userId);
    expect((await visitor.get(src)).status).toBe(403);
  });

  it("is not to be had by the dozen", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    await query(
      `insert into listening_grant (story_id, trust, unit, kind, user_id, session_id, expires_at)
       select $1, 'RXX', 'all', 'room', $2, gen_random_uuid(), now() from generate_series(1, 60)`,
      ...[storyId, visitor.who.userId],
    );
    const { status, text } = await visitor.get(`/stories/${storyId}`);
    expect([status, text]).toEqual([429, expect.stringContaining("Too many stories at once")]);
  });

  it("that is gone is told as such", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    await store.remove(storyKey(storyId));
    const { src } = await open(visitor, storyId);
    expect((await visitor.get(src)).status).toBe(404);
  });
});

describe("the page of a story", () => {
  it("is for whoever may hear it, and nobody else", async () => {
    const storyId = await story();
    const allowed = { clinician: 200, coordinator: 200, telecoms: 403, governance: 403 };
    for (const role of everyRole)
      expect([role, (await (await room.visitor(role)).get(`/stories/${storyId}`)).status]).toEqual([
        role,
        allowed[role],
      ]);
    for (const grants of [[{ trust: "RYY" }], [{ ward: "Elsewhere" }]])
      expect((await (await room.visitor(grants)).get(`/stories/${storyId}`)).status).toBe(404);
    expect((await room.nobody.get(`/stories/${storyId}`)).headers.location).toContain("/sign-in?next=");
    expect((await (await room.visitor("clinician")).get("/stories/of-nobody")).status).toBe(404);
  });

  it("shows the words with their times, the doubtful ones marked in text too, and the engine's weakness", async () => {
    const { text } = await open(await room.visitor("clinician"), await story());
    expect(text).toContain('<span class="word" data-from="0" data-to="800">the</span>');
    expect(text).toMatch(
      /word--doubtful" data-from="1000" data-to="1800">war<span class="[^"]+"> \(doubtful\)/,
    );
    expect(text).toContain("Heard by pocketsphinx en-us 5.1.1");
    expect(text).toContain("Rough: for rehearsals only");
    expect(text).toContain("Made for American English");
    expect(text).not.toMatch(/07700|\+447/);
  });

  it("has an outline, made once and kept", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    const { text } = await open(visitor, storyId);
    expect(text).toMatch(/<path class="wave__rest" d="M[\d.]+ [\d.]+h/);
    const [{ levels }] = await query("select levels from story_peaks where story_id = $1", storyId);
    expect(levels.length).toBe(100);
    await store.remove(storyKey(storyId));
    expect((await open(visitor, storyId)).text).toContain('class="wave__rest"');
  });

  it("says where there are no words, and why", async () => {
    const visitor = await room.visitor("clinician");
    const engine = { name: "google", model: "telephony", rough: false };
    const rows = createTranscriptRows(db.pool);
    const waits = await toldStory(db.pool);
    expect((await open(visitor, waits.storyId)).text).toContain("<strong>Waiting.</strong>");
    await rows.noWords(waits.storyId, engine);
    expect((await open(visitor, waits.storyId)).text).toContain("<strong>No words heard.</strong>");
    const failed = await toldStory(db.pool);
    await rows.failed(failed.storyId, engine, "speech_refused");
    expect((await open(visitor, failed.storyId)).text).toContain("<strong>Failed.</strong>");
    const none = await toldStory(db.pool, { transcribe: false });
    expect((await open(visitor, none.storyId)).text).toContain("<strong>No words.</strong>");
  });

  it("leads to the newer and the older story of those one may hear", async () => {
    const [older, middle, newer] = [await story(), await story(), await story()];
    const visitor = await room.visitor("clinician");
    const { text } = await open(visitor, middle);
    expect(text).toContain(`href="/stories/${newer}" rel="prev"`);
    expect(text).toContain(`href="/stories/${older}" rel="next"`);
    await query("update story_card set rating = 5 where story_id = any ($1)", [middle, newer]);
    const poor = await visitor.get(`/stories/${middle}?rating=5`);
    expect(poor.text).toContain(`href="/stories/${newer}?rating=5" rel="prev"`);
    expect(poor.text).toContain("No older story");
    const { headers } = await visitor.post(`/stories/${middle}/heard?rating=5`, { heard: "yes" });
    expect(headers.location).toBe(`/stories/${middle}?rating=5&done=heard#state`);
  });

  it("takes words for text, never for HTML", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    const evil = '<script>alert(1)</script> "quoted" {{ csrf }}';
    await visitor.post(`/stories/${storyId}/correct`, { version: "0", text: evil });
    await visitor.post(`/stories/${storyId}/note`, { text: evil });
    const { text } = await open(visitor, storyId);
    expect(text).not.toContain("<script>alert");
    expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(text).toContain("{{ csrf }}");
  });
});
