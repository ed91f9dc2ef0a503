/** Asterisk's own files on pages: read as a release holds them, changed in the draft, and kept from being published faulty. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sessionCookie } from "#web/room/who.ts";
import { accessibilityFaults, openBrowser, settledWidth } from "../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hidden, links, tight, typedIn } from "../support/page-text.ts";
import { publishDraft, sam, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
let browser: Browser;
let tess: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  tess = await room.visitor("telecoms", "Tess Example");
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await room.close();
  await db.drop();
});
const desk = () => uncheckedDesk(db.pool);
beforeEach(() => desk().discard(sam));

const hooks = "/releases/draft/files/asterisk/hooks.conf";
const dangerous = " same => n,System(ls)\n same => n(done),Return()";

/** Saved on the page, as Tess does. */
async function saved(address: string, change: (text: string) => string): Promise<string> {
  const { text: html } = await tess.get(address);
  const text = change(typedIn(html));
  const answer = await tess.post(address, { text, hash: hidden(html, "hash"), act: "save" });
  expect(answer.headers.location).toBe(`${address}?done=saved`);
  return text;
}
const lineOf = (text: string, part: string): number =>
  text.split("\n").findIndex((row) => row.includes(part)) + 1;

/** Live from now on. */
async function release(): Promise<number> {
  const number = await publishDraft(db.pool);
  expect((await desk().approve(number, sam)).kind).toBe("done");
  return number;
}

describe("the page of the dialplan", () => {
  it("shows the draft's files where no release is live, and says so", async () => {
    const page = await tess.get("/dialplan");
    expect(tight(page.text)).toContain("No release is live yet: these are the files that the draft holds.");
    expect(tight(page.text)).toContain("The guard and the linter find no fault in them.");
    expect(links(page.text)).toContain("/dialplan/rtp.conf");
  });

  it("shows the files of the live release, and not what is only saved", async () => {
    await saved(hooks, (text) => text.replace("[after-inbound]", "; the first of ours\n[after-inbound]"));
    const number = await release();
    await saved(hooks, (text) => text.replace("; the first of ours", "; the second of ours"));
    const file = await tess.get("/dialplan/hooks.conf");
    expect(tight(file.text)).toContain(`As release ${number} holds them, which is live.`);
    expect(tight(file.text)).toContain("; the first of ours");
    expect(tight(file.text)).not.toContain("; the second of ours");
    const page = await tess.get("/dialplan");
    expect(tight(page.text)).toContain("The draft changes asterisk/hooks.conf .");
    expect(links(page.text)).toEqual(expect.arrayContaining([hooks, "/releases/draft"]));
  });

  it("shows what the guard and the linter find in a release, at its lines", async () => {
    const before = (await desk().state()).live!;
    const text = await saved(hooks, (was) => was.replace(" same => n(done),Return()", dangerous));
    const number = await release();
    const line = lineOf(text, "System(ls)");
    const page = tight((await tess.get("/dialplan")).text);
    expect(page).toMatch(/The guard and the linter find [1-9]\d* faults? : open the file/);
    const { text: html } = await tess.get("/dialplan/hooks.conf");
    expect(links(html)).toContain(`#line-${line}`);
    const row = new RegExp(`<li id="line-${line}" class="dialplan-text__faulty">[\\s\\S]*?</li>`).exec(html);
    expect(tight(row![0])).toMatch(/^ same => n,System\(ls\) .*System/);
    const earlier = await tess.get(`/dialplan?release=${before}`);
    expect(tight(earlier.text)).toContain(`As release ${before} holds them. Live is release ${number} .`);
    expect(links(earlier.text)).toContain(`/dialplan/hooks.conf?release=${before}`);
    const there = tight((await tess.get(`/dialplan/hooks.conf?release=${before}`)).text);
    expect(there).not.toContain("System(ls)");
    await desk().rollback(before, "a test is over", sam);
  });

  it("knows no other file, and no other release", async () => {
    for (const address of ["/dialplan/none.conf", "/dialplan/..%2fflows%2ffft.yaml", "/dialplan?release=999"])
      expect((await tess.get(address)).status, address).toBe(404);
    for (const wrong of ["0", "x", "draft"])
      expect((await tess.get(`/dialplan?release=${wrong}`)).status, wrong).toBe(404);
  });
});

it("does not publish a fault that was made on the page: it is told at its line, with its remedy", async () => {
  const text = await saved(hooks, (was) => was.replace(" same => n(done),Return()", dangerous));
  const { text: draft } = await tess.get("/releases/draft");
  const { live } = await desk().state();
  const refused = await tess.post("/releases/draft/publish", {
    ...{ note: "a word of ours", digest: hidden(draft, "digest"), share: "5" },
  });
  expect(refused.status).toBe(409);
  expect(tight(refused.text)).toContain("It cannot be published yet:");
  expect(tight(refused.text)).toMatch(
    new RegExp(`asterisk/hooks.conf, line ${lineOf(text, "System(ls)")} .*System`),
  );
  expect((await desk().state()).live, "nothing is published").toBe(live);
});

it.each([
  ["telephone", 360],
  ["desk", 1280],
])("axe finds nothing, and nothing is wider than the page: on a %s", async (named, width) => {
  await saved(hooks, (text) => text.replace(" same => n(done),Return()", dangerous));
  const base = `http://localhost:${await listening()}`;
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const url = base.replace("http:", "https:");
  await context.addCookies([{ name: sessionCookie, value: tess.secret, url, secure: true, httpOnly: true }]);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`${page.url()}: ${message.text()}`);
  });
  for (const [name, path] of [
    ["dialplan", "/dialplan"],
    ["file", "/dialplan/hooks.conf"],
    ["faulty", "/dialplan/hooks.conf?release=2#line-20"],
  ] as const) {
    await page.goto(`${base}${path}`);
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${name}: ${fault}`));
    const wide = await settledWidth(page, width);
    if (wide > width) faults.push(`${name}: ${wide} px wide`);
    if (process.env.HEARBACK_SHOTS)
      await page.screenshot({
        path: `${process.env.HEARBACK_SHOTS}/dialplan-${name}-${named}.png`,
        fullPage: true,
      });
  }
  await context.close();
  expect(faults).toEqual([]);
});

let port: string | null = null;
async function listening(): Promise<string> {
  port ??= new URL(await room.web.listen({ host: "127.0.0.1", port: 0 })).port;
  return port;
}
