/** Stand-ins asked for on a page: said by the real process beside the calls, saved as whoever asked, or told why not. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { acceptSounds } from "#prompts/accept-sound.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hidden, tight } from "../support/page-text.ts";
import { sam, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
let tess: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  tess = await room.visitor("telecoms", "Tess Example");
});
afterAll(async () => {
  await room.close();
  await db.drop();
});
const desk = () => uncheckedDesk(db.pool);
beforeEach(() => desk().discard(sam));

const page = "/prompts/stand-ins";
const tone = "prompts/en-GB/tone.wav";
const draft = async (): Promise<ReleaseFiles> => (await desk().draft()).files;
const takeOut = async (path: string) =>
  desk().saveFile({ path, bytes: null, expectedHash: hashOf((await draft()).get(path)!) }, sam);
/** The page, once nothing is being made any more. */
const ended = () =>
  vi.waitFor(
    async () => {
      const { text } = await tess.get(page);
      if (tight(text).includes("They are being made")) throw new Error("it goes on");
      return tight(text);
    },
    { timeout: 50_000, interval: 200 },
  );

it("are made of what has no sound, saved as whoever asked, and told", async () => {
  const before = await draft();
  await takeOut(tone);
  const { text } = await tess.get("/prompts");
  expect(text.match(/Let a machine say [^<]*/g)).toEqual([
    "Let a machine say what is missing or changed in English (United Kingdom)",
  ]);
  const asked = await tess.post(page, { language: hidden(text, "language") });
  expect(asked.headers.location).toBe(page);
  expect(await ended()).toMatch(
    /1 stand-in made in English \(United Kingdom\). Asked for .* by Tess Example. tone /,
  );
  const { files, lastSave } = await desk().draft();
  expect(hashOf(files.get(tone)!), "as the command makes it").toBe(hashOf(before.get(tone)!));
  expect(lastSave).toMatchObject({ paths: [tone], author: { name: "Tess Example" } });
  expect((await tess.get("/prompts")).text.includes("Let a machine say")).toBe(false);
});

it("are not offered for words that changed since a person recorded them: no machine says those", async () => {
  const { files } = await desk().draft();
  const [path, text] = ["prompts/en-GB/hello.wav", "What nobody says any more."];
  const before = {
    language: "en-GB",
    id: "hello",
    wav: files.get(path)!,
    text,
    by: "Sam Example",
    at: new Date(),
  };
  const offeredAfter = async (making: "recorded" | "stand-in") => {
    const now = await draft();
    const saves = [...acceptSounds(now, [{ ...before, making }])].map(([path, bytes]) => {
      const there = now.get(path);
      return { path, bytes, expectedHash: there ? hashOf(there) : null };
    });
    expect((await desk().saveFiles(saves, sam)).kind).toBe("saved");
    const { text } = await tess.get("/prompts");
    expect(text).toContain("1 words changed");
    return text.includes("Let a machine say");
  };
  expect([await offeredAfter("recorded"), await offeredAfter("stand-in")]).toEqual([false, true]);
});

it.skipIf(existsSync(".hearback/voices/espeak"))(
  "are not made without a voice, which no page fetches: it says who does, and nothing is changed",
  async () => {
    await takeOut("prompts/cy-GB/hello.wav");
    const { digest } = await desk().draft();
    await tess.post(page, { language: "cy-GB" });
    expect(await ended()).toMatch(
      /None was kept in .* this machine has no voice for cy-GB yet; hearback prompts say --language cy-GB/,
    );
    expect((await desk().draft()).digest).toBe(digest);
  },
);

it("can be stopped by anybody in telecoms: nothing is kept, and it says who did", async () => {
  await takeOut(tone);
  const { digest } = await desk().draft();
  const tom = await room.visitor("telecoms", "Tom Example");
  await tess.post(page, { language: "en-GB" });
  expect((await tess.get(page)).text).toContain("Stop it, and keep none");
  expect((await tom.post(`${page}/stop`)).headers.location).toBe(page);
  expect(await ended()).toMatch(/Stopped: none was kept in English .* Stopped by Tom Example\./);
  expect((await desk().draft()).digest).toBe(digest);
  await tom.post(`${page}/stop`);
  await tess.post(page, { language: "en-GB" });
  expect(await ended(), "a stop of what is over stops nothing later").toContain("1 stand-in made");
});

it("asked for at another copy of Hearback: the page says so, and what is in the draft", async () => {
  await takeOut(tone);
  const beside = await testRoom(db.pool);
  const there = await beside.visitor("telecoms");
  const told = tight((await there.get(page)).text);
  expect(told).toMatch(
    /each knows of its own only.*The draft’s last save: Sam Example, .* prompts\/en-GB\/tone\.wav/,
  );
  await beside.close();
});

it("are not asked for while the list of words cannot be read: the cause is told", async () => {
  const manifest = "prompts/manifest.yaml";
  const bytes = (await draft()).get(manifest)!;
  const broken = new TextEncoder().encode("prompts: [\n");
  await desk().saveFile({ path: manifest, bytes: broken, expectedHash: hashOf(bytes) }, sam);
  for (const path of [page, "/prompts/en-GB/hello/restore", "/prompts/en-GB/hello/approve"]) {
    const { status, text } = await tess.post(path, { language: "en-GB", version: "0".repeat(64) });
    expect([status, text.includes("prompts/manifest.yaml has a fault")], path).toEqual([409, true]);
  }
  const sent = await tess.upload("/prompts/en-GB/hello", "x");
  expect([sent.status, sent.text.includes("prompts/manifest.yaml has a fault")]).toEqual([409, true]);
});

it("are asked for by telecoms alone, one language at a time, of those that there are", async () => {
  expect((await tess.post(page, { language: "fr-FR" })).status).toBe(404);
  const other = await room.visitor("coordinator");
  expect([(await other.get(page)).status, (await other.post(page, { language: "en-GB" })).status]).toEqual([
    403, 403,
  ]);
  await tess.post(page, { language: "en-GB" });
  const second = await tess.post(page, { language: "en-GB" });
  expect((await other.post(`${page}/stop`)).status).toBe(403);
  expect(second.headers.location).toBe(`${page}?done=under-way`);
  expect(await ended()).toContain("0 stand-ins made");
});
