/** The pages of releases, without a script: look, check, publish, see the canary, approve, roll back. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "#release/files.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { publishDraft, sam, uncheckedDesk, walked } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
let telecoms: Visitor;
beforeEach(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  telecoms = await room.visitor("telecoms", "Terry Example");
});
afterEach(async () => {
  await room.close();
  await db.drop();
});

const path = "flows/fft.yaml";
const said = (html: string) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

async function edit(from: string | RegExp, to: string): Promise<void> {
  const desk = uncheckedDesk(db.pool);
  const there = (await desk.file("draft", path))!;
  const text = new TextDecoder().decode(there).replace(from, to);
  await desk.saveFile({ path, bytes: new TextEncoder().encode(text), expectedHash: hashOf(there) }, sam);
}

const digestIn = (html: string): string => /name="digest" value="([0-9a-f]{64})"/.exec(html)![1]!;

describe("the pages of releases", () => {
  it("begin with the folders, and say what to do", async () => {
    const { status, text } = await telecoms.get("/releases");
    expect(status).toBe(200);
    expect(said(text)).toContain("No release is live: calls say what lies in the folders");
    expect(said((await telecoms.get("/releases/draft")).text)).toContain("Nothing is changed yet");
  });

  it("show what is wrong with its line, and publish nothing", async () => {
    await edit(/next: welcome/, "next: nowhere");
    const draft = await telecoms.get("/releases/draft");
    const form = { note: "n", digest: digestIn(draft.text) };
    const refused = await telecoms.post("/releases/draft/publish", form);
    expect(refused.status).toBe(409);
    expect(said(refused.text), "the fault first, and what follows from it in a line a flow").toMatch(
      /It cannot be published yet: flows\/fft\.yaml, line \d+ There is no step .* of fft \d+ flow tests fail, and /,
    );
    expect(said(refused.text)).not.toContain("flow test failed");
    const noNote = await telecoms.post("/releases/draft/publish", { note: " ", digest: "" });
    expect([noNote.status, noNote.text.includes("Enter what changed, and why")]).toEqual([400, true]);
    expect(said((await telecoms.get("/releases")).text)).not.toContain("All releases");
  });

  it("take a draft to all calls, and back", async () => {
    await edit("title:", "# by <b>Terry</b>\ntitle:");
    const draft = await telecoms.get("/releases/draft");
    await walked(db.pool);
    expect(said((await telecoms.get("/releases/draft?check=1")).text)).toContain("It can be published.");
    const form = { note: "A clearer title", digest: digestIn(draft.text), share: "20" };
    const published = await telecoms.post("/releases/draft/publish", form);
    expect([published.status, published.headers.location]).toEqual([303, "/releases/1?done=publish"]);
    const release = await telecoms.get("/releases/1");
    expect(said(release.text)).toContain("20% of new calls get it");
    expect(said(release.text)).toContain("0 of 200 calls.");
    await telecoms.post("/releases/1/approve");
    expect(said((await telecoms.get("/releases?done=approve")).text)).toContain("New calls get release 1");

    await edit("# by <b>Terry</b>", "# by <b>Sam</b>");
    await publishDraft(db.pool);
    const second = await telecoms.get("/releases/2");
    expect(second.text).toContain(
      "<del>- # by &lt;b&gt;Terry&lt;/b&gt;\n</del><ins>+ # by &lt;b&gt;Sam&lt;/b&gt;\n</ins>",
    );
    expect((await telecoms.post("/releases/rollback", { to: "" })).status).toBe(400);
    const rollback = { to: "", reason: "it was clearer before" };
    // A page that was open while the trial ended by itself, or the second of two clicks.
    const late = await telecoms.post("/releases/rollback", { ...rollback, live: "7", canary: "8" });
    expect([late.status, late.text.includes("moved since you looked")]).toEqual([409, true]);
    const { text } = await telecoms.get("/releases");
    const shown = (name: string) => new RegExp(`name="${name}" value="(\\d*)"`).exec(text)![1]!;
    const back = await telecoms.post("/releases/rollback", {
      ...{ ...rollback, live: shown("live"), canary: shown("canary") },
    });
    expect(back.headers.location).toBe("/releases?done=rollback");
    expect(said((await telecoms.get("/releases/2")).text)).toContain(
      "by Terry Example: it was clearer before",
    );
    const { rows } = await db.pool.query(
      "select action from housekeeping.audit_entry where who_id = $1 order by n",
      [telecoms.who.userId],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      "release-publish",
      "release-approve",
      "release-rollback",
    ]);
  });

  it("name each release that can come back: its number, when, by whom, and whether it is newer", async () => {
    const desk = uncheckedDesk(db.pool);
    const choices = async () => {
      const { text } = await telecoms.get("/releases");
      const select = /<select[^>]*name="to"[\s\S]*?<\/select>/.exec(text)![0];
      return [...select.matchAll(/<option value="(\d*)"[^>]*>([^<]*)</g)].map(
        ([, to, name]) => `${to}: ${name}`,
      );
    };
    for (const number of [1, 2, 3]) {
      await edit(/^/, `# ${number}\n`);
      if (number === 3) expect((await choices())[0]).toMatch(/^1: Release 1 \(live before\) of \d/);
      await desk.approve(await publishDraft(db.pool), sam);
      if (number === 1)
        expect(await choices()).toEqual([": What the folders hold: no other release was live before"]);
    }
    await desk.rollback(1, "the old one is better", sam);
    expect(await choices()).toEqual([
      expect.stringMatching(
        /^2: Release 2 \(live before, newer than the one that is live\) of \d+ \w+ \d{4} at [\d:apm]+, by Sam Example: for a test$/,
      ),
      expect.stringMatching(/^3: Release 3 \(rolled back once\) of /),
    ]);
    const unsaid = await telecoms.post("/releases/rollback", { to: "3", live: "1", reason: " " });
    expect([unsaid.status, /<option value="(\d+)" selected/.exec(unsaid.text)?.[1]]).toEqual([400, "3"]);
    const moved = await telecoms.post("/releases/rollback", { to: "3", live: "7", reason: "late" });
    expect([moved.status, /<option value="(\d+)" selected/.exec(moved.text)?.[1]]).toEqual([409, "3"]);
    const seen = { live: "1", canary: "", reason: "it was not" };
    await telecoms.post("/releases/rollback", { to: "2", ...seen });
    expect((await desk.state()).live).toBe(2);
  });

  it("let both sounds be heard where one was changed, and nothing else", async () => {
    const desk = uncheckedDesk(db.pool);
    await edit("title:", "# one\ntitle:");
    await desk.approve(await publishDraft(db.pool), sam);
    const hello = "prompts/en-GB/hello.wav";
    const there = (await desk.file("draft", hello))!;
    const other = (await desk.file("draft", "prompts/en-GB/welcome.wav"))!;
    await desk.saveFile({ path: hello, bytes: other, expectedHash: hashOf(there) }, sam);
    const { text } = await telecoms.get("/releases/draft");
    expect(said(text)).toContain("prompts/en-GB/hello.wav : sound changed");
    const sources = [...text.matchAll(/<audio[^>]+src="([^"]+)"/g)].map(([, src]) => src!);
    expect(sources).toEqual(["/releases/1/sounds/en-GB/hello.wav", "/releases/draft/sounds/en-GB/hello.wav"]);
    const [before, now] = await Promise.all(sources.map((src) => telecoms.get(src)));
    expect([Buffer.from(there).equals(before!.bytes), Buffer.from(other).equals(now!.bytes)]).toEqual([
      true,
      true,
    ]);
    expect(before!.headers["content-type"]).toBe("audio/wav");
    for (const url of ["/releases/1/sounds/en-GB/nothing.wav", "/releases/9/sounds/en-GB/hello.wav"])
      expect((await telecoms.get(url)).status).toBe(404);
    const seen = /name="seen" value="([^"]+)"/.exec(text)![1]!;
    await telecoms.post("/releases/draft/undo", { seen });
    expect(said((await telecoms.get("/releases/draft?done=undo")).text)).toContain("Nothing is changed yet");
  });
});
