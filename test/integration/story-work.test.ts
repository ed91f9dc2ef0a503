import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditPage } from "#postgres/audit-log.ts";
import { createErasureRows } from "#postgres/erase-story.ts";
import { browserWav } from "#web/browser-wav.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { fiveSeconds, heardStory, type TestStore, testStore } from "../support/heard-story.ts";
import { everyRole, type TestRoom, testRoom } from "../support/room.ts";
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
const card = async (storyId: string) =>
  (await query("select * from story_card where story_id = $1", storyId))[0];
const entries = async (storyId: string) =>
  (
    await auditPage(db.pool, { subject: { kind: "story", id: storyId } }, { before: null, limit: 50 })
  ).items.toReversed();
const found = async (storyId: string, words: string) =>
  (
    await query(
      "select 1 from story_card where story_id = $1 and words @@ plainto_tsquery('english', $2)",
      storyId,
      words,
    )
  ).length > 0;
/** The page without its marks, for what stands in it. */
const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");

describe("correcting the words", () => {
  it("keeps the engine's, shows what differs, is found by search, and can be undone, step by step", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician", "Pat Example");
    const at = `/stories/${storyId}`;
    const first = await visitor.post(`${at}/correct`, { version: "0", text: "the ward was clean" });
    expect([first.status, first.headers.location]).toEqual([303, `${at}?done=correct#words`]);
    expect([await found(storyId, "ward"), await found(storyId, "war")]).toEqual([true, false]);
    const page = await visitor.get(`${at}?done=correct`);
    expect(page.text).toMatch(/<span class="word word--mended" data-from="800" data-to="2000">ward<\/span>/);
    expect(page.text).toMatch(/<del>.*war.*<\/del>/);
    expect(page.text).toMatch(/<ins>.*ward.*<\/ins>/);
    expect(textOf(page.text)).toContain("Pat Example");
    expect(page.text).toContain("The correction is saved.");
    await visitor.post(`${at}/correct`, { version: "1", text: "the ward was very clean" });
    expect((await card(storyId)).first_words).toBe("the ward was very clean");
    await visitor.post(`${at}/undo`, { version: "2", to: "1" });
    expect((await card(storyId)).first_words).toBe("the ward was clean");
    const undone = await visitor.get(at);
    expect(/name="to" value="(\d+)"/.exec(undone.text)?.[1]).toBe("0");
    await visitor.post(`${at}/undo`, { version: "3", to: "0" });
    expect((await card(storyId)).first_words).toBe("the war was clean");
    expect((await visitor.get(at)).text).not.toContain("Undo the last correction");
    expect(
      await query("select text, words->1->>'word' as word from transcript where story_id = $1", storyId),
    ).toEqual([{ text: "the war was clean", word: "war" }]);
    const acts = await entries(storyId);
    expect(acts.map(({ action }) => action)).toEqual([
      ...["read-story", "correct", "correct", "restore-text", "restore-text"],
    ]);
    expect(JSON.stringify(acts)).not.toContain("ward");
  });

  it("tells the second of two that another was quicker, and keeps what they typed", async () => {
    const storyId = await story();
    const [one, two] = [await room.visitor("clinician"), await room.visitor("coordinator")];
    await one.post(`/stories/${storyId}/correct`, { version: "0", text: "mine" });
    const late = await two.post(`/stories/${storyId}/correct`, { version: "0", text: "what I typed" });
    expect([late.status, textOf(late.text)]).toEqual([
      422,
      expect.stringContaining("Somebody else changed the words"),
    ]);
    expect(late.text).toContain(">what I typed</textarea>");
    expect((await card(storyId)).first_words).toBe("mine");
    const again = await two.post(`/stories/${storyId}/correct`, { version: "1", text: "what I typed" });
    expect(again.status).toBe(303);
  });

  it("stays what it is when an engine hears the story again", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    await visitor.post(`/stories/${storyId}/correct`, { version: "0", text: "the ward was clean" });
    await query("update transcript set text = 'something else' where story_id = $1", storyId);
    expect((await card(storyId)).first_words).toBe("the ward was clean");
  });

  it("can write down what no engine heard", async () => {
    const { storyId } = await toldStory(db.pool, { transcribe: false });
    const visitor = await room.visitor("clinician");
    await visitor.post(`/stories/${storyId}/correct`, { version: "0", text: "typed by hand" });
    const { text } = await visitor.get(`/stories/${storyId}`);
    expect(text).toContain('<span class="word word--mended">hand</span>');
    expect(await found(storyId, "typed")).toBe(true);
  });
});

/** Each act, in an order in which all can be done. */
const forms = {
  ...{ heard: { heard: "yes" }, note: { text: "a note" }, label: { label: "a label" } },
  ...{ unlabel: { label: "a label" }, assign: { user: "" }, flag: { reason: "a reason" } },
  ...{ correct: { version: "0", text: "words" }, undo: { version: "1", to: "0" } },
  clip: { name: "a clip", from: "0:01", to: "0:02" },
};

describe("work on a story", () => {
  it("is done by forms, shown on the page and the card, and in the audit without what was typed", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician", "Pat Example");
    const colleague = await room.visitor("coordinator", "Chris Sample");
    const at = `/stories/${storyId}`;
    await visitor.post(`${at}/heard`, { heard: "yes" });
    await visitor.post(`${at}/heard`, { heard: "yes" });
    await visitor.post(`${at}/note`, { text: "rang the ward" });
    await visitor.post(`${at}/label`, { label: "  Food  and drink " });
    await visitor.post(`${at}/label`, { label: "food and drink" });
    await visitor.post(`${at}/assign`, { user: colleague.who.userId });
    const told = textOf((await visitor.get(at)).text);
    for (const shown of [
      "Heard by Pat Example",
      "rang the ward",
      "food and drink",
      "Assigned to Chris Sample by Pat Example",
    ])
      expect(told).toContain(shown);
    expect(await card(storyId)).toMatchObject({
      ...{
        labels: ["food and drink"],
        notes: 1,
        assigned_to: colleague.who.userId,
        heard_at: expect.any(Date),
      },
    });
    expect(await query("select label, stories from story_label_used")).toEqual([
      { label: "food and drink", stories: 1 },
    ]);
    const other = await story();
    expect((await visitor.get(`/stories/${other}`)).text).toContain('<option value="food and drink">');
    await visitor.post(`${at}/unlabel`, { label: "food and drink" });
    await visitor.post(`${at}/heard`, { heard: "no" });
    await visitor.post(`${at}/assign`, { user: "" });
    expect(await card(storyId)).toMatchObject({ labels: [], heard_at: null, assigned_to: null });
    expect(await query("select 1 from story_label_used")).toEqual([]);
    const acts = await entries(storyId);
    expect(acts.map(({ action }) => action)).toEqual([
      ...["read-story", "heard", "note", "label", "assign", "label", "heard", "assign"],
    ]);
    expect(JSON.stringify(acts)).not.toMatch(/rang|food/);
  });

  it("is not given to somebody who may not hear the story", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    for (const grants of [[{ trust: "RYY" }], [{ ward: "Elsewhere" }], [{ role: "governance" as const }]]) {
      const stranger = await room.visitor(grants, "Strange Person");
      expect((await visitor.get(`/stories/${storyId}`)).text).not.toContain(stranger.who.userId);
      const { status } = await visitor.post(`/stories/${storyId}/assign`, { user: stranger.who.userId });
      expect(status).toBe(422);
    }
    expect((await card(storyId)).assigned_to).toBeNull();
  });

  it.each([
    ["note", { text: "  " }, "Enter a note", "note-text"],
    ["label", { label: "x".repeat(41) }, "Use 40 characters or fewer", "label-label"],
    ["flag", { reason: "x" }, "Say why it is urgent", "flag-reason"],
    ["clip", { name: "", from: "0:01", to: "0:02" }, "Enter a name for the clip", "clip-name"],
    ["clip", { name: "x", from: "soon", to: "0:02" }, "Enter when the clip starts", "clip-from"],
    ["clip", { name: "x", from: "0:04", to: "0:02" }, "The clip must end after it starts", "clip-to"],
    ["clip", { name: "x", from: "0:06", to: "0:09" }, "The clip must end after it starts", "clip-to"],
    ["correct", { version: "0", text: "" }, "Enter the words", "correct-text"],
  ])("%s with %j says what is wrong, and where", async (act, form, words, field) => {
    const storyId = await story();
    const { status, text } = await (await room.visitor("clinician")).post(`/stories/${storyId}/${act}`, form);
    expect(status).toBe(422);
    expect(text).toContain(`<a href="#${field}">${words}`);
    expect(text).toContain(`id="${field}"`);
    expect(text).toContain("<title>Error: ");
  });

  it("is for those who may hear the story, and nobody else", async () => {
    const storyId = await story();
    for (const role of everyRole) {
      const visitor = await room.visitor(role);
      const may = role === "clinician" || role === "coordinator";
      const another = may ? await story() : storyId;
      for (const [act, form] of Object.entries(forms)) {
        const { status } = await visitor.post(`/stories/${another}/${act}`, form);
        expect([role, act, status]).toEqual([role, act, may ? 303 : 403]);
      }
    }
    for (const [act, form] of Object.entries(forms)) {
      const elsewhere = await room.visitor([{ ward: "Elsewhere" }]);
      expect([act, (await elsewhere.post(`/stories/${storyId}/${act}`, form)).status]).toEqual([act, 404]);
      expect((await room.nobody.post(`/stories/${storyId}/${act}`, form)).headers.location).toMatch(
        /^\/sign-in/,
      );
    }
    expect(await entries(storyId)).toEqual([]);
    expect(await card(storyId)).toMatchObject({ heard_at: null, flagged_at: null, notes: 0, labels: [] });
  });
});

describe("clips", () => {
  it("are cut out of the sound, and can be removed", async () => {
    const storyId = await story();
    const visitor = await room.visitor("clinician");
    await visitor.post(`/stories/${storyId}/clip`, { name: "about the food", from: "0:01", to: "0:02.5" });
    const page = await visitor.get(`/stories/${storyId}`);
    const [, src] = /<a class="clip" href="([^"]+)" data-from="1000" data-to="2500">/.exec(page.text)!;
    const { bytes, status } = await visitor.get(src!);
    expect([status, bytes.length]).toEqual([200, 44 + 2 * 12_000]);
    expect(bytes.subarray(44).equals(browserWav(fiveSeconds).subarray(44 + 16_000, 44 + 40_000))).toBe(true);
    const [{ id }] = await query("select id from story_clip where story_id = $1", storyId);
    const elsewhere = await story();
    expect((await visitor.post(`/stories/${elsewhere}/unclip`, { clip: id })).status).toBe(404);
    await visitor.post(`/stories/${storyId}/unclip`, { clip: id });
    expect((await visitor.get(src!)).status).toBe(404);
  });
});

describe("an erasure", () => {
  it("leaves nothing of what people did with the story", async () => {
    const storyId = await story();
    const visitor = await room.visitor("coordinator");
    const at = `/stories/${storyId}`;
    const page = await visitor.get(at);
    const [src] = /\/listen\/[^"]+\.wav/.exec(page.text)!;
    await visitor.get(src);
    for (const [act, form] of Object.entries(forms)) await visitor.post(`${at}/${act}`, form);
    await visitor.post(`${at}/label`, { label: "only here" });
    const [{ id: flagId }] = await query("select id from urgent_flag where story_id = $1", storyId);
    await visitor.post(`/urgent/${flagId}/take`);
    const tables = await query(
      `select c.table_name as name from information_schema.columns c join pg_tables t on t.tablename = c.table_name
       where c.column_name = 'story_id' and c.table_schema = 'public' and t.schemaname = 'public'`,
    );
    const left = async () => {
      const found: string[] = [];
      for (const { name } of tables)
        if ((await query(`select 1 from ${name} where story_id = $1`, storyId)).length > 0) found.push(name);
      return found.toSorted();
    };
    const ours = [
      "listening_grant",
      "story_clip",
      "story_correction",
      "story_label",
      "story_note",
      "story_peaks",
    ];
    expect(await left()).toEqual(
      expect.arrayContaining([
        ...ours,
        "story_card",
        "story_work",
        "transcript",
        "urgent_flag",
        "urgent_step",
      ]),
    );
    await query(
      `update call set ended_at = now(), ended_by = 'them', disposition = 'completed'
       where id = (select call_id from story where id = $1)`,
      storyId,
    );
    const by = { kind: "command" as const, id: "test", name: null };
    await createErasureRows(db.pool, { backupDays: null }).erase(storyId, {
      by,
      why: "asked for by the patient",
    });
    expect(await left()).toEqual(["recording", "story_erasure"]);
    expect(await query("select 1 from story_label_used where label = 'only here'")).toEqual([]);
    expect((await visitor.get(at)).status).toBe(404);
    expect((await visitor.get(src)).status).toBe(403);
    expect((await visitor.get("/urgent")).text).not.toContain(flagId);
  });
});

describe("breaking the glass", () => {
  it("lets governance hear one story for a reason, which the audit has before the sound", async () => {
    const storyId = await story();
    const visitor = await room.visitor("governance");
    expect((await visitor.get(`/glass/${storyId}`)).text).not.toContain("<audio");
    const without = await visitor.post(`/glass/${storyId}`, { reason: "because" });
    expect([without.status, await entries(storyId)]).toEqual([422, []]);
    const { text } = await visitor.post(`/glass/${storyId}`, { reason: "complaint 4711 of May" });
    const [, src] = /src="(\/listen\/[^"]+)"/.exec(text)!;
    expect(text).not.toMatch(/war|clean\b/);
    const [entry] = await entries(storyId);
    expect(entry).toMatchObject({ action: "break-glass", reason: "complaint 4711 of May", trust: "RXX" });
    expect((await visitor.get(src!)).bytes.equals(browserWav(fiveSeconds))).toBe(true);
    expect((await entries(storyId)).map(({ action }) => action)).toEqual(["break-glass", "listen"]);
    const elsewhere = await room.visitor([{ role: "governance", trust: "RYY" }]);
    expect((await elsewhere.get(`/glass/${storyId}`)).status).toBe(404);
    expect((await elsewhere.post(`/glass/${storyId}`, { reason: "complaint 4711 of May" })).status).toBe(404);
    for (const role of ["clinician", "coordinator", "telecoms"] as const)
      expect((await (await room.visitor(role)).get(`/glass/${storyId}`)).status).toBe(403);
  });

  it("shows a coordinator who told a story, for a reason", async () => {
    const storyId = await story();
    const visitor = await room.visitor("coordinator");
    const at = `/stories/${storyId}/who`;
    expect((await visitor.get(at)).text).not.toMatch(/\+447700900/);
    expect((await visitor.post(at, { reason: "  short  " })).status).toBe(422);
    expect(await entries(storyId)).toEqual([]);
    const { text, headers } = await visitor.post(at, { reason: "asked to be rung about a fall" });
    expect([text, headers["cache-control"]]).toEqual([expect.stringMatching(/\+447700900\d{3}/), "no-store"]);
    expect(await entries(storyId)).toMatchObject([
      { action: "break-glass", reason: "asked to be rung about a fall", details: { kind: "person" } },
    ]);
    for (const [role, status] of [
      ["clinician", 404],
      ["telecoms", 403],
      ["governance", 403],
    ] as const)
      expect(
        (await (await room.visitor(role)).post(at, { reason: "asked to be rung about a fall" })).status,
      ).toBe(status);
    const elsewhere = await room.visitor([{ role: "coordinator", trust: "RYY" }, { role: "clinician" }]);
    expect((await elsewhere.post(at, { reason: "asked to be rung about a fall" })).status).toBe(404);
    expect(await entries(storyId)).toHaveLength(1);
    expect(JSON.stringify(room.logged)).not.toContain("07700");
  });
});
