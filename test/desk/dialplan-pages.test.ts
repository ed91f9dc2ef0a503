/** Asterisk's own files on pages: read as a release holds them, changed in the draft, and kept from being published faulty. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AuditEntry } from "#access/audit.ts";
import { newName } from "#lib/ids.ts";
import { dialplansGoing, tellDialplan, tellIntent } from "#postgres/dialplans.ts";
import { createNodeBook } from "#postgres/nodes.ts";
import { type DialplanInForce, dialplanDigest } from "#release/dialplan-in-force.ts";
import { sessionCookie } from "#web/room/who.ts";
import { accessibilityFaults, openBrowser, settledWidth } from "../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hidden, links, tight, typedIn } from "../support/page-text.ts";
import { publishDraft, sam, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { newLedger } from "../support/survey.ts";
import { hearback } from "../unit/cli/run-command.ts";

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
const noteInHooks = (note: string): Promise<string> =>
  saved(hooks, (text) => text.replace("[after-inbound]", `; ${note}\n[after-inbound]`));
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
    await noteInHooks("the first of ours");
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

/** As `hearback dialplan apply` tells it. */
async function told(node: string, left: Partial<DialplanInForce>): Promise<void> {
  const inForce = {
    version: 2,
    works: true,
    by: "t@elephone",
    note: "as published",
    at: new Date(),
    ...left,
  };
  const digest = left.digest ?? "0".repeat(64);
  await tellDialplan(db.pool, actOn(node, "applied"), { ...inForce, node, digest });
}

/** What `hearback dialplan history` says beside the history itself. */
async function history(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "hearback-asterisk-"));
  const users = ["ARI_USER", "ARI_PASSWORD", "AMI_HEALTH_USER", "AMI_HEALTH_PASSWORD"];
  const names = [...users, "AMI_RELEASE_USER", "AMI_RELEASE_PASSWORD", "TRUNK"];
  const env = {
    ...Object.fromEntries(names.map((name) => [`HEARBACK_${name}`, "of-a-test"])),
    ...{ HEARBACK_ARI_URL: "http://127.0.0.1:8088", HEARBACK_AMI_HOST: "127.0.0.1" },
    ...{ HEARBACK_ASTERISK_CONFIG_FOLDER: folder, HEARBACK_SOUNDS_FOLDER: folder },
    HEARBACK_DATABASE_URL: db.url,
  };
  try {
    writeFileSync(join(folder, "extensions.conf"), "; the way in\n");
    const { status, stderr } = await hearback(["dialplan", "history"], { env });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    return stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const actOn = (node: string, outcome: string): AuditEntry => ({
  ...{ who: { kind: "command", id: "t", name: "t" }, action: "dialplan-apply", trust: null, reason: null },
  ...{ subject: { kind: "node", id: node }, details: { version: 2, outcome } },
});

describe("where it is in force", () => {
  const rowOf = (html: string, node: string): string =>
    tight(
      (html.match(/<div class="nhsuk-summary-list__row">[\s\S]*?<\/div>/g) ?? []).find((row) =>
        row.includes(`>${node}</dt>`),
      ) ?? "",
    );

  it("is told of each Asterisk, how to do it where it is not, and nothing that is not known", async () => {
    const owner = newName("test");
    await newLedger(db.pool, { owner }).renewLeases();
    const book = createNodeBook(db.pool, owner);
    for (const name of ["east", "north", "south", "west"])
      await book.admit({ name, entityId: `id-${name}`, version: "22.8.2", maxCalls: 60, weight: 1 });
    await noteInHooks("for the site");
    const before = await release();
    const earlier = dialplanDigest((await desk().filesOf(before))!);
    await noteInHooks("for the ward");
    const number = await release();
    const files = (await desk().filesOf(number))!;
    await told("north", { digest: dialplanDigest(files), note: "the ward is closed" });
    await told("south", { digest: earlier });
    await told("west", { works: false });
    const { text: html } = await tess.get("/dialplan");
    expect(rowOf(html, "east")).toMatch(/Not known .*Nothing is recorded of it here yet/);
    expect(rowOf(html, "north")).toMatch(
      /This is in force .*Version 2 there, .*t@elephone: the ward is closed/,
    );
    expect(rowOf(html, "south")).toMatch(/Something else .*as published/);
    expect(rowOf(html, "west")).toMatch(/Does not work .*look at once/);
    const folder = `.hearback/release-${number}`;
    expect(tight(html)).toContain(`npx hearback release export ${number} ${folder}`);
    expect(tight(html)).toContain(
      `npx hearback dialplan apply --folder ${folder} --note "release ${number}"`,
    );
    await tellIntent(db.pool, actOn("west", "going"));
    const begun = (await tess.get("/dialplan")).text;
    expect(rowOf(begun, "west")).toMatch(
      /Not settled t began to put version 2 in force, .*nothing has told yet what came of it/,
    );
    expect(rowOf(begun, "north")).toContain("This is in force");
    expect(await history()).toMatch(
      /^west: t began to put version 2 in force at .*, and nobody has told what/m,
    );
    const then = await tess.get(`/dialplan?release=${before}`);
    expect(rowOf(then.text, "south")).toContain("This is in force");
    expect(tight(then.text), "only what is live is put in force").not.toContain("dialplan apply --");
    for (const node of ["east", "south", "west"]) await told(node, { digest: dialplanDigest(files) });
    const done = tight((await tess.get("/dialplan")).text);
    expect(await dialplansGoing(db.pool), "what came of it was told").toEqual([]);
    expect(await history()).toBe("");
    expect(done, "nothing is left to do").not.toContain("dialplan apply --");
    expect(done, "but for what only Hearback reads").toContain("trunks.conf goes another way");
  });

  it("is what the release's own page leads to, where it changes these files, and not else", async () => {
    const led = (number: number) => `/dialplan?release=${number}#in-force`;
    for (const note of ["for the first", "for the second"]) {
      await noteInHooks(note);
      await release();
    }
    const number = (await desk().state()).live!;
    expect(links((await tess.get(`/releases/${number}`)).text)).toContain(led(number));
    await saved("/flows/fft/edit", (text) => text.replace("title: ", "title: Our "));
    const next = await release();
    expect(links((await tess.get(`/releases/${next}`)).text)).not.toContain(led(next));
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
  const text = await saved(hooks, (was) => was.replace(" same => n(done),Return()", dangerous));
  const number = await release();
  await told("north", { digest: dialplanDigest((await desk().filesOf(number))!) });
  await told("south", {});
  await told("west", { works: false });
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
    ["file", "/dialplan/trunks.conf"],
    ["faulty", `/dialplan/hooks.conf#line-${lineOf(text, "System(ls)")}`],
    ["release", `/releases/${number}`],
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
