import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRoom } from "#postgres/room.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeUpStories } from "../support/made-up-stories.ts";
import { everyRole, type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { tell } from "../support/tell.ts";

let db: TestDatabase;
let room: TestRoom;
let clinician: Visitor;
const told: Record<string, string> = {};
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  clinician = await room.visitor("clinician");
  const { pool } = db;
  told.kind = await tell(pool, { at: "2026-03-01T10:00:00Z" });
  told.poor = await tell(pool, {
    ...{ rating: 5, ward: "Ward 8", at: "2026-03-02T10:00:00Z", durationMs: 150_000, consent: false },
    words: "nobody came when I rang the call bell <b>all night</b>",
  });
  told.silent = await tell(pool, {
    words: null,
    site: "Cottage",
    ward: "Ward 10",
    at: "2026-03-29T23:30:00Z",
  });
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

/** The stories on a page, in their order. */
const listed = (text: string) => [...text.matchAll(/data-story="([^"]+)"/g)].map(([, id]) => id);
const list = async (visitor: Visitor, query = "") => listed((await visitor.get(`/stories${query}`)).text);
const href = (text: string, turn: "older" | "newer") =>
  /href="([^"]+)"/
    .exec(new RegExp(`<a[^>]*data-turn="${turn}"[^>]*>`).exec(text)?.[0] ?? "")?.[1]
    ?.replaceAll("&amp;", "&");

describe("the list of stories", () => {
  it("is for clinicians and coordinators", async () => {
    for (const role of everyRole) {
      const { status } = await (await room.visitor(role)).get("/stories");
      expect([role, status]).toEqual([role, ["clinician", "coordinator"].includes(role) ? 200 : 403]);
    }
    expect((await room.nobody.get("/stories?state=heard")).headers.location).toContain("/sign-in?next=");
  });

  it("shows them newest first, with what they are", async () => {
    const { text } = await clinician.get("/stories");
    expect(listed(text)).toEqual([told.silent, told.poor, told.kind]);
    expect(text).toContain("Very poor");
    expect(text).toContain("Ward 8, St Example’s");
    expect(text).toContain("2 Mar 2026, 10am");
    expect(text).toContain("2 minutes 30 seconds");
    expect(text).toContain("No words were heard.");
    expect(text).toContain("Not to be shared");
  });

  it("shows what was said as text, whatever it looks like", async () => {
    const { text } = await clinician.get("/stories");
    expect(text).toContain("call bell &lt;b&gt;all night&lt;/b&gt;");
  });

  it.each<[query: string, found: string[]]>([
    ["?rating=5", ["poor"]],
    ["?rating=5&rating=1", ["silent", "poor", "kind"]],
    ["?rating=0", []],
    ["?ward=Ward+8", ["poor"]],
    ["?site=Cottage", ["silent"]],
    ["?site=Cottage&ward=Ward+8", []],
    ["?from=2026-03-02", ["silent", "poor"]],
    ["?to=2026-03-01", ["kind"]],
    ["?from=2026-03-30&to=2026-03-30", ["silent"]],
    ["?from=2%2F3%2F2026&to=2%2F3%2F2026", ["poor"]],
    ["?length=long", ["poor"]],
    ["?length=short", ["silent", "kind"]],
    ["?state=unheard", ["silent", "poor", "kind"]],
    ["?state=heard", []],
    ["?state=flagged", []],
    ["?state=mine", []],
    ["?state=no-words", ["silent"]],
    ["?state=transcribing", []],
    ["?consent=no", ["poor"]],
    ["?channel=voice&consent=yes", ["silent", "kind"]],
    ["?words=nurse", ["kind"]],
    ["?words=%22call+bell%22", ["poor"]],
    ["?words=%22bell+call%22", []],
    ["?words=kind+or+bell", ["poor", "kind"]],
    ["?words=night+-bell", []],
    ["?words=the", []],
    ["?words=%27%3A%2A%26%28", []],
    ["?rating=9&state=nonsense&from=2026-99-99&older=nonsense&unit=", ["silent", "poor", "kind"]],
  ])("finds by %s", async (query, found) => {
    expect(await list(clinician, query)).toEqual(found.map((name) => told[name]));
  });

  it("marks what was looked for, and nothing that was only said", async () => {
    const id = await tell(db.pool, {
      words: "a strange \uE000bed\uE001 and <mark>bed</mark> by the window",
      ward: "Marks",
    });
    const { text } = await clinician.get("/stories?ward=Marks&words=window");
    expect(listed(text)).toEqual([id]);
    expect(text.match(/<mark>[^<]*<\/mark>/g)).toEqual(["<mark>window</mark>"]);
    expect(text).not.toMatch(/[\uE000\uE001]/);
  });

  it("names what to lift where nothing matches", async () => {
    const { text } = await clinician.get("/stories?ward=Ward+8&rating=1");
    expect(text).toContain("No stories like these");
    expect(text).toContain('<a href="/stories?rating=1">without “Ward: Ward 8”</a>');
    expect(text).toContain('<a href="/stories?ward=Ward+8">without “Rating: Very good”</a>');
  });

  it("says so where there is nothing for a user at all", async () => {
    const { text } = await (await room.visitor([{ trust: "RNONE" }])).get("/stories");
    expect(text).toContain("No stories yet");
    expect(text).toContain("which sites, wards and services yours covers");
  });

  it("shows each user the stories of their own places, however they ask", async () => {
    const ward8 = await room.visitor([{ ward: "Ward 8" }]);
    for (const query of ["", "?ward=Ward+7", "?words=kind+or+bell", "?state=unheard", "?words=-bell"])
      expect((await list(ward8, query)).filter((id) => id !== told.poor)).toEqual([]);
    expect(await list(ward8)).toEqual([told.poor]);
    expect((await ward8.get("/stories")).text).not.toContain("Ward 7");
  });

  it("counts no place that is not the user's own, whatever the search is given", async () => {
    const ward8 = await room.visitor([{ ward: "Ward 8" }]);
    const ids = await inRoom(db.pool, ward8.who.userId, async (tx) => {
      const every = "(select array_agg(n) from generate_series(1, 100) n)";
      const found = await tx.query(
        `select story_ids as ids from find_stories(${every}, $1, null, null, false, 50)`,
        [JSON.stringify({ words: "kind or bell" })],
      );
      return found.rows[0].ids;
    });
    expect(ids).toEqual([told.poor]);
  });

  it("tells the audit that there was a search, not for what", async () => {
    await clinician.get("/stories?words=window");
    const { rows } = await db.pool.query(
      "select action, details from housekeeping.audit_entry where who_id = $1 order by n desc limit 1",
      [clinician.who.userId],
    );
    expect(rows).toEqual([{ action: "search", details: { kind: "stories", rows: 1 } }]);
  });
});

describe("the pages of the list", () => {
  it("follow by key, there and back, without losing or repeating a story", async () => {
    await makeUpStories({ url: db.ownerUrl, stories: 120, wards: 3, trust: "RPP", whole: true });
    const visitor = await room.visitor([{ trust: "RPP" }]);
    const pages: string[][] = [];
    const seen = await visitor.get("/stories");
    let page = seen;
    for (;;) {
      pages.push(listed(page.text) as string[]);
      const older = href(page.text, "older");
      if (!older) break;
      page = await visitor.get(older);
    }
    expect(pages.map((ids) => ids.length)).toEqual([50, 50, 20]);
    expect(new Set(pages.flat()).size).toBe(120);
    const back = await visitor.get(href(page.text, "newer") ?? "");
    expect(listed(back.text)).toEqual(pages[1]);
    const top = await visitor.get(href(back.text, "newer") ?? "");
    expect([top.status, top.headers.location]).toEqual([303, "/stories"]);
  });
});
