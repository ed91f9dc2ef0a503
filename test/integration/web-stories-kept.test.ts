/** What users keep of the list, and take along: saved filters, the count in the menu, neighbours, the export. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStoryList } from "#postgres/story-list.ts";
import { readFilter } from "#web/room/stories/filter.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRole, type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { tell } from "../support/tell.ts";

let db: TestDatabase;
let room: TestRoom;
let clinician: Visitor;
const told: string[] = [];
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  clinician = await room.visitor("clinician");
  for (const [day, rating, words] of [
    [1, 1, "kind nurses"],
    [2, 5, '=HYPERLINK("http://example.test")'],
    [3, 1, 'cold, "very" cold food\nand noise'],
    [4, 5, null],
  ] as const)
    told.push(await tell(db.pool, { rating, words, at: `2026-03-0${day}T10:00:00Z` }));
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

const [save, csv] = ["/stories/filters", "/stories/export"];

describe("every page of the list", () => {
  it.each([
    ["GET", save],
    ["POST", save],
    ["POST", `${save}/00000000-0000-4000-8000-000000000000/name`],
    ["POST", `${save}/00000000-0000-4000-8000-000000000000/remove`],
    ["GET", csv],
    ["POST", csv],
  ])("is for clinicians and coordinators: %s %s", async (method, url) => {
    for (const role of everyRole) {
      const visitor = await room.visitor(role);
      const { status } = method === "GET" ? await visitor.get(url) : await visitor.post(url);
      if (["clinician", "coordinator"].includes(role)) expect(status).not.toBe(403);
      else expect([role, status]).toEqual([role, 403]);
    }
    const { headers } = method === "GET" ? await room.nobody.get(url) : await room.nobody.post(url);
    expect(String(headers.location)).toContain("/sign-in");
  });
});

describe("a saved filter", () => {
  it("is kept, offered, renamed and removed", async () => {
    const query = "rating=5&ward=Ward+7";
    expect((await clinician.get(`/stories?${query}`)).text).toContain(
      `/stories/filters?${query.replace("&", "&amp;")}`,
    );
    const saved = await clinician.post(save, { name: "Very poor here", query });
    expect([saved.status, saved.headers.location]).toEqual([303, `/stories?${query}`]);
    const { text } = await clinician.get("/stories");
    expect(text).toContain('href="/stories?rating=5&amp;ward=Ward+7">Very poor here</a>');

    const [, id] = /saved-([0-9a-f-]{36})/.exec((await clinician.get(save)).text) ?? [];
    expect((await clinician.post(`${save}/${id}/name`, { name: "Ours" })).status).toBe(303);
    expect((await clinician.get(save)).text).toContain("Rating: Very poor, Ward: Ward 7");
    expect((await clinician.get("/stories")).text).toContain(">Ours</a>");
    await clinician.post(`${save}/${id}/remove`);
    expect((await clinician.get("/stories")).text).not.toContain("Ours");
  });

  it("needs a name that is not taken", async () => {
    await clinician.post(save, { name: "One", query: "rating=1" });
    await clinician.post(save, { name: "Two", query: "rating=2" });
    const nameless = await clinician.post(save, { name: "  ", query: "rating=3" });
    expect(nameless.status).toBe(422);
    expect(nameless.text).toMatch(/<a href="#name-new"\s*>\s*Enter a name for the filter\s*<\/a>/);
    const { text } = await clinician.get(save);
    const second = /id="saved-([^"]+)"><a[^>]*>Two/.exec(text)?.[1];
    const taken = await clinician.post(`${save}/${second}/name`, { name: "One" });
    expect(taken.text).toContain("Another of your saved filters has this name");
  });

  it("keeps of an address what the list knows, and nothing else", async () => {
    const { headers } = await clinician.post(save, {
      name: "Odd",
      query: "rating=1&next=//evil.test&state=<script>",
    });
    expect(headers.location).toBe("/stories?rating=1");
  });

  it("is nobody's but its user's", async () => {
    await clinician.post(save, { name: "Mine alone", query: "rating=4" });
    const [id] = /saved-[0-9a-f-]{36}/.exec((await clinician.get(save)).text) ?? [];
    const other = await room.visitor("coordinator");
    expect((await other.get(save)).text).not.toContain("Mine alone");
    expect((await other.post(`${save}/${id?.slice(6)}/name`, { name: "Stolen" })).status).toBe(404);
    await other.post(`${save}/${id?.slice(6)}/remove`);
    expect((await clinician.get(save)).text).toContain("Mine alone");
  });
});

describe("the count of stories that nobody has heard", () => {
  it("stands in the menu of every page, and on the list", async () => {
    const count = async (visitor: Visitor) =>
      /<strong class="room-count">([^<]+)</.exec((await visitor.get("/stories?rating=1")).text)?.[1] ?? null;
    expect(await count(clinician)).toBe("4");
    expect((await clinician.get("/stories")).text).toContain("Stories that nobody has heard yet: 4");
    expect(await count(await room.visitor([{ ward: "Ward 7" }]))).toBe("4");
    expect(await count(await room.visitor([{ ward: "Ward 8" }]))).toBe(null);
    await db.pool.query("update story_card set heard_at = now() where story_id = $1", [told[0]]);
    expect(await count(clinician)).toBe("3");
    expect(await clinician.get("/stories?state=heard").then(({ text }) => text)).toContain(told[0]);
  });
});

describe("the stories beside one", () => {
  it("are those of the same filter", async () => {
    const list = createStoryList(db.pool);
    const beside = (query: Record<string, string>, id: string | undefined, visitor = clinician) =>
      list.neighbours({ userId: visitor.who.userId, filter: readFilter(query) }, id ?? "");
    expect(await beside({}, told[1])).toEqual({ newer: told[2], older: told[0] });
    expect(await beside({}, told[3])).toEqual({ newer: null, older: told[2] });
    expect(await beside({ rating: "5" }, told[1])).toEqual({ newer: told[3], older: null });
    expect(await beside({ words: "cold or kind" }, told[1])).toEqual({ newer: told[2], older: told[0] });
    expect(await beside({}, told[1], await room.visitor([{ ward: "Ward 8" }]))).toEqual({
      newer: null,
      older: null,
    });
  });
});

describe("the export", () => {
  it("needs a reason, before anything is read", async () => {
    const { status, text } = await clinician.post("/stories/export?rating=5", { reason: " " });
    expect(status).toBe(422);
    expect(text).toMatch(/<a href="#reason"\s*>\s*Enter a reason\s*<\/a>/);
    expect(text).toContain("Rating: Very poor");
  });

  it("has what the filter finds, without names and without formulas", async () => {
    const { headers, text } = await clinician.post("/stories/export?words=hyperlink+or+cold", {
      reason: "Ward meeting",
    });
    expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(headers["content-disposition"]).toMatch(/attachment; filename="stories-\d{4}-\d\d-\d\d\.csv"/);
    const [heading, ...lines] = text.split("\r\n");
    expect(heading).toBe(
      '"story_id","told_at","trust","unit","site","ward","service","channel","rating","rating_label","length_seconds","share_consent","words"',
    );
    const place = '"RXX","all","St Example’s","Ward 7","","voice"';
    expect(lines).toEqual([
      `"${told[2]}","2026-03-03T10:00:00.000Z",${place},"1","Very good","5.0","yes","cold, ""very"" cold food\nand noise"`,
      `"${told[1]}","2026-03-02T10:00:00.000Z",${place},"5","Very poor","5.0","yes","'=HYPERLINK(""http://example.test"")"`,
      "",
    ]);
  });

  it("is in the audit, with its reason, and how much was taken", async () => {
    const other = await room.visitor("coordinator");
    await other.post("/stories/export?rating=5&words=hyperlink", { reason: "For the board" });
    const { rows } = await db.pool.query(
      "select action, reason, details from housekeeping.audit_entry where who_id = $1 order by n",
      [other.who.userId],
    );
    const asked = { kind: "stories", format: "csv", filter: "ratings words", from: null, to: null };
    expect(rows).toEqual([
      { action: "export", reason: "For the board", details: { ...asked, state: "begun" } },
      {
        action: "export",
        reason: "For the board",
        details: { ...asked, state: "ended", outcome: "whole", rows: 1 },
      },
    ]);
  });
});
