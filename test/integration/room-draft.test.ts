/** Several people at one draft: what one takes out, takes back or throws away loses nothing of the others' work. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "#release/files.ts";
import type { Save } from "#release/ports.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hidden, links, tight, typedIn } from "../support/page-text.ts";
import { sam, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
let tess: Visitor;
let tom: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  tess = await room.visitor("telecoms", "Tess Example");
  tom = await room.visitor("telecoms", "Tom Example");
});
afterAll(async () => {
  await room.close();
  await db.drop();
});
beforeEach(() => uncheckedDesk(db.pool).discard(sam));

const files = "/releases/draft/files";
const draft = () => uncheckedDesk(db.pool).draft();
const textOf = async (path: string): Promise<string | null> => {
  const bytes = (await draft()).files.get(path);
  return bytes ? new TextDecoder().decode(bytes) : null;
};

async function opened(address: string) {
  const { text: html } = await tess.get(address);
  return { html, text: typedIn(html), hash: hidden(html, "hash"), seen: hidden(html, "seen") };
}

async function takeOut(path: string): Promise<void> {
  const { text } = await tom.get(`${files}/remove?path=${path}`);
  const hash = [...text.matchAll(/name="hash" value="(\w+)"/g)].map(([, one]) => one!);
  const gone = await tom.post(`${files}/remove`, { path, hash });
  expect(gone.headers.location).toBe(`${files}?done=removed`);
}

/** Each with a line more, as one save. */
async function saveTogether(paths: string[]): Promise<void> {
  const there = (await draft()).files;
  const saves = paths.map((path): Save => {
    const bytes = there.get(path)!;
    const more = new TextEncoder().encode(`${new TextDecoder().decode(bytes)}# more\n`);
    return { path, bytes: more, expectedHash: hashOf(bytes) };
  });
  expect((await uncheckedDesk(db.pool).saveFiles(saves, sam)).kind).toBe("saved");
}

describe("a file that somebody else takes out meanwhile", () => {
  it.each([
    ["flows/running-late.yaml", "/flows/running-late/edit", "flow"],
    ["asterisk/hooks.conf", `${files}/asterisk/hooks.conf`, "file"],
  ])("%s: what was typed stays on the page, and is saved as new", async (path, address, it) => {
    const { text, hash } = await opened(address);
    const typed = `${text}# typed by Tess\n`;
    await takeOut(path);
    for (const act of ["check", "save"]) {
      const told = await tess.post(address, { text: typed, hash, act });
      expect([told.status, typedIn(told.text)], act).toEqual([409, typed]);
      expect(tight(told.text)).toMatch(new RegExp(`Tom Example took this ${it} out of the draft on `));
      expect(tight(told.text)).toContain("Save mine as a new file");
      expect(links(told.text)).toContain(files);
    }
    const { text: beside } = await tess.post(`${address.replace("/edit", "")}/check`, { text: typed });
    expect(JSON.parse(beside).status).toContain("This file was taken out of the draft meanwhile");
    expect(await textOf(path), "nothing is saved unasked").toBe(null);
    expect((await tess.get(address)).headers.location).toBe(`${files}/${path}/saves`);
    const saved = await tess.post(address, { text: typed, hash, theirs: "", act: "save-over" });
    expect(saved.headers.location).toBe(`${address}?done=saved`);
    expect(await textOf(path)).toBe(typed);
  });

  it("is not made by whoever types an address", async () => {
    const asked = { text: "flow: none\n", hash: "0".repeat(64), act: "save-over", theirs: "" };
    for (const address of ["/flows/none/edit", `${files}/asterisk/none.conf`, `${files}/asterisk/..%2fx`])
      expect((await tess.post(address, asked)).status, address).toBe(404);
  });

  it("may be a prompt: its words stay on the page, and are saved as a new one's", async () => {
    await tom.post("/prompts/words", { id: "ward-closed" });
    const address = "/prompts/words/ward-closed";
    const seen = hidden((await tess.get(address)).text, "seen");
    const page = await tom.get("/releases/draft");
    await tom.post("/releases/draft/undo", { seen: hidden(page.text, "seen") });
    const typed = { "text-en-GB": "The ward is closed.", seen };
    const told = await tess.post(address, { ...typed, act: "save" });
    expect(told.status).toBe(409);
    expect(tight(told.text)).toMatch(/This prompt was taken out.*Save mine as a new prompt/);
    expect(told.text).toContain("The ward is closed.");
    const saved = await tess.post(address, { ...typed, act: "save-over" });
    expect(saved.headers.location).toBe(`${address}?done=saved`);
    expect(await textOf("prompts/manifest.yaml")).toContain("The ward is closed.");
    expect((await tess.post("/prompts/words/no%20id", { ...typed, act: "save-over" })).status).toBe(404);
  });
});

describe("words typed while somebody else breaks the list of words", () => {
  it("stay on the page, which names the fault, and are saved once it is mended", async () => {
    const address = "/prompts/words/hello";
    const manifest = "prompts/manifest.yaml";
    const seen = hidden((await tess.get(address)).text, "seen");
    const good = (await textOf(manifest))!;
    const write = async (text: string) => {
      const expectedHash = hashOf((await draft()).files.get(manifest)!);
      await uncheckedDesk(db.pool).saveFile(
        { path: manifest, bytes: new TextEncoder().encode(text), expectedHash },
        sam,
      );
    };
    await write(`${good}\n  - broken: [\n`);
    const typed = { "text-en-GB": "Good <b>day</b>.", "text-cy-GB": "Dydd da.", notes: "warmly", seen };
    const told = await tess.post(address, { ...typed, act: "save" });
    expect(told.status).toBe(409);
    expect(tight(told.text)).toMatch(
      /Not saved.*Nothing of yours is lost.*prompts\/manifest\.yaml, line \d+: /,
    );
    const kept = ["Good &lt;b&gt;day&lt;/b&gt;.", "Dydd da.", "warmly"];
    expect(kept.filter((text) => !told.text.includes(text))).toEqual([]);
    expect(links(told.text)).toContain(`${files}/${manifest}`);
    expect(hidden(told.text, "seen")).toBe(seen);
    await write(good);
    const saved = await tess.post(address, { ...typed, act: "save" });
    expect(saved.headers.location).toBe(`${address}?done=saved`);
    expect(await textOf(manifest)).toContain("Good <b>day</b>.");
  });
});

describe("a save of several files", () => {
  const paths = ["flows/appointment.yaml", "flows/fft.yaml", "prompts/manifest.yaml"];
  it("is taken back for one of them on its own page, which says that the others stay", async () => {
    const before = await textOf("flows/fft.yaml");
    await saveTogether(paths);
    const { html, text, seen } = await opened("/flows/fft/edit");
    expect(tight(html)).toContain("2 other files were saved with it, and stay as saved.");
    const back = await tess.post("/flows/fft/edit", { text, seen, act: "undo" });
    expect(back.headers.location).toBe("/flows/fft/edit?done=undone");
    expect((await draft()).changes.map(({ path }) => path)).toEqual([paths[0], paths[2]]);
    expect(await textOf("flows/fft.yaml")).toBe(before);
    expect(tight((await opened("/flows/appointment/edit")).html)).toContain("1 other file was saved with it");
  });

  it("may be taken back for one of them where somebody saved over another", async () => {
    await saveTogether(paths);
    await saveTogether(["flows/appointment.yaml"]);
    const { text, seen } = await opened("/flows/fft/edit");
    const back = await tess.post("/flows/fft/edit", { text, seen, act: "undo" });
    expect(back.headers.location).toBe("/flows/fft/edit?done=undone");
  });

  it("is taken back as a whole on the draft's page, whose button says of how many", async () => {
    await saveTogether(paths);
    const { text } = await tess.get("/releases/draft");
    expect(tight(text)).toContain("Take the last save back: 3 files");
    await tess.post("/releases/draft/undo", { seen: hidden(text, "seen") });
    expect((await draft()).changes).toEqual([]);
  });
});

describe("throwing the draft away", () => {
  const page = "/releases/draft";
  it("asks first, with how many files and whose, and can be undone with every save", async () => {
    await saveTogether(["flows/fft.yaml", "flows/appointment.yaml"]);
    const { text, hash } = await opened(`${files}/asterisk/hooks.conf`);
    await tom.post(`${files}/asterisk/hooks.conf`, { text: `${text}; Tom's\n`, hash, act: "save" });
    const before = await draft();
    expect(links((await tess.get(page)).text)).toContain(`${page}/discard`);
    const asked = await tess.get(`${page}/discard`);
    expect(tight(asked.text)).toMatch(/It changes 3 files.*Tom Example : 1 file.*Sam Example : 2 files/);
    await tess.post(`${page}/discard`, { digest: hidden(asked.text, "digest") });
    expect((await draft()).changes).toEqual([]);
    const after = await tess.get(`${page}?done=discard`);
    expect(tight(after.text)).toContain("A draft that changed 3 files was thrown away on");
    const back = await tess.post(`${page}/bring-back`, { draft: hidden(after.text, "draft") });
    expect(back.headers.location).toBe(`${page}?done=back`);
    expect(await draft()).toMatchObject({ digest: before.digest, lastSave: before.lastSave });
    expect(tight((await tess.get(`${page}?done=back`)).text)).not.toContain("Bring it back");
    const { rows } = await db.pool.query(
      "select action from housekeeping.audit_entry where who_id = $1 order by n desc limit 2",
      [tess.who.userId],
    );
    expect(rows.map(({ action }) => action)).toEqual(["release-bring-back", "release-discard"]);
  });

  it("cannot be undone over a draft that was begun since", async () => {
    await saveTogether(["flows/fft.yaml"]);
    await uncheckedDesk(db.pool).discard(sam);
    const seen = hidden((await tess.get(page)).text, "draft");
    await saveTogether(["flows/appointment.yaml"]);
    const late = await tess.post(`${page}/bring-back`, { draft: seen });
    expect(late.headers.location).toBe(`${page}?done=not-back`);
    expect((await draft()).changes.map(({ path }) => path)).toEqual(["flows/appointment.yaml"]);
    expect((await tess.get(`${page}/discard`)).status).toBe(200);
    await uncheckedDesk(db.pool).discard(sam);
    const again = await tess.post(`${page}/bring-back`, { draft: seen });
    expect(again.headers.location, "of two, only the later one").toBe(`${page}?done=not-back`);
    expect((await tess.get(`${page}/discard`)).headers.location).toBe(page);
  });
});
