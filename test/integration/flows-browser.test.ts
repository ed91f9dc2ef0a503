/** The pages of telecoms staff in a real browser: nothing that axe finds, and numbers that change by themselves. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newName } from "#lib/ids.ts";
import { createNodeBook } from "#postgres/nodes.ts";
import { hashOf } from "#release/files.ts";
import { sessionCookie } from "#web/room/who.ts";
import { accessibilityFaults, openBrowser } from "../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { sam, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { begin, dialled, ending, newLedger } from "../support/survey.ts";
import { tellTrails, usualWays } from "../support/told-trails.ts";

let db: TestDatabase;
let room: TestRoom;
let browser: Browser;
let tess: Visitor;
let base: string;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  base = `http://localhost:${new URL(await room.web.listen({ host: "127.0.0.1", port: 0 })).port}`;
  browser = await openBrowser();
  tess = await room.visitor("telecoms", "Tess Example");
  await tellTrails(db.pool, [
    { stays: usualWays.completed, times: 30 },
    { stays: usualWays.hungUpAtGreeting, times: 4 },
    { stays: usualWays.hungUpAtQuestion, times: 6 },
    { stays: usualWays.silent, times: 3 },
  ]);
  const owner = newName("test");
  await newLedger(db.pool, { owner }).renewLeases();
  const book = createNodeBook(db.pool, owner);
  for (const name of ["north", "south"]) {
    await book.admit({ name, entityId: `id-${name}`, version: "22.8.2", maxCalls: 60, weight: 1 });
    await book.exchange([{ node: name, entityId: `id-${name}`, state: "ready" }]);
  }
  await db.pool.query(
    "insert into housekeeping.trunk_pace (trunk, tokens, share, ended, refused) values ('trunk', 1, 0.25, 40, 18)",
  );
});
afterAll(async () => {
  await browser.close();
  await room.close();
  await db.drop();
});

async function open(width: number, { scripts = true } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled: scripts });
  const url = base.replace("http:", "https:");
  await context.addCookies([{ name: sessionCookie, value: tess.secret, url, secure: true, httpOnly: true }]);
  return context.newPage();
}

const pages = {
  ...{
    start: "/telephones",
    nodes: "/nodes",
    drain: "/nodes/north/drain",
    flows: "/flows",
    flow: "/flows/fft",
  },
  ...{ empty: "/flows/ring-back", step: "/flows/fft/steps/question" },
  ...{ edit: "/flows/fft/edit", try: "/flows/fft/try?acts=1,2", over: "/flows/fft/try?acts=hang-up" },
  compare: "/flows/fft/compare",
};

it.each([
  ["telephone", 360],
  ["desk", 1280],
])("axe finds nothing, and nothing is wider than the page: on a %s", async (named, width) => {
  const faults: string[] = [];
  const page = await open(width);
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`${page.url()}: ${message.text()}`);
  });
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(`${base}${path}`);
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${name}: ${fault}`));
    const wide = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    if (wide !== 0) faults.push(`${name}: ${wide} px too wide`);
    if (process.env.HEARBACK_SHOTS)
      await page.screenshot({
        path: `${process.env.HEARBACK_SHOTS}/desk-${name}-${named}.png`,
        fullPage: true,
      });
  }
  await page.close();
  expect(faults).toEqual([]);
});

it("who is on the telephone changes by itself", async () => {
  const page = await open(1280);
  await page.goto(`${base}/flows/fft`);
  const greeting = page.locator('[data-live-step="greeting"]');
  expect(await greeting.textContent()).toBe("0");
  const { attempt, ledger } = await dialled(db.pool);
  await begin(db.pool, attempt);
  await page.locator('[data-live-step="greeting"]:text-is("1")').waitFor();
  expect(await page.locator("[data-live-all]").textContent()).toBe("1");
  await ledger.end(attempt, ending());
  await page.close();
});

it("works without scripts: an Asterisk is taken out of use and let in again", async () => {
  const page = await open(1280, { scripts: false });
  await page.goto(`${base}/`);
  await page.getByRole("link", { name: "Nodes and trunks" }).click();
  await page.getByRole("link", { name: "Take out of use south" }).click();
  await page.getByLabel("Why?").fill("a new kernel");
  await page.getByRole("button", { name: "Take out of use" }).click();
  await page.getByText("No call begins there any more.").waitFor();
  await page.getByRole("link", { name: "Let calls begin on south" }).click();
  await page.getByLabel("Why?").fill("done");
  await page.getByRole("button", { name: "Let calls begin" }).click();
  await page.getByText("Calls may begin there again.").waitFor();
  await page.close();
});

it("shows faults as one types, names that fit, and tries what is not saved yet", async () => {
  const page = await open(1280);
  await page.goto(`${base}/flows/fft/edit`);
  const text = page.getByRole("textbox", { name: "flows/fft.yaml" });
  const before = await text.inputValue();
  await text.fill(before.replace("next: question\n", "next: questio\n"));
  await page.getByText("1 fault. It can be saved, and not published.").waitFor();
  expect(await page.locator(".flow-marks mark").textContent()).toBe("questio");
  if (process.env.HEARBACK_SHOTS)
    await page.screenshot({ path: `${process.env.HEARBACK_SHOTS}/desk-fault-desk.png`, fullPage: true });
  await page.getByRole("link", { name: /^Line / }).click();
  await page.keyboard.press("Control+ ");
  const names = page.getByRole("listbox", { name: "Names that fit" });
  await names.getByRole("option", { name: "question", exact: true }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await names.waitFor({ state: "hidden" });
  // The caret stands before the word: behind it, the rest is offered and taken.
  for (let n = 0; n < "questio".length; n += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Control+ ");
  await page.keyboard.press("Enter");
  await page.getByText("No fault was found in this flow.").waitFor();
  expect(await text.inputValue()).toBe(before);
  await page.getByRole("button", { name: "key 1" }).click();
  await page.getByText("The caller is in question. What do they do?").waitFor();
  await page.getByRole("button", { name: "Save in the draft" }).click();
  await page.getByText("Saved in the draft.").waitFor();
  await page.close();
});

it("shows at once why a save was refused, and the text is there still", async () => {
  const page = await open(1280);
  await page.goto(`${base}/flows/running-late/edit`);
  const desk = uncheckedDesk(db.pool);
  const path = "flows/running-late.yaml";
  const there = (await desk.file("draft", path))!;
  await desk.saveFile({ path, bytes: null, expectedHash: hashOf(there) }, sam);
  await page.locator("#text").fill("# what Tess typed\n");
  await page.getByRole("button", { name: "Save in the draft" }).click();
  const told = page.locator(".nhsuk-warning-callout", {
    hasText: "Sam Example took this flow out of the draft",
  });
  const { y } = (await told.boundingBox())!;
  expect(y).toBeGreaterThan(0);
  expect(await page.locator("#text").inputValue()).toBe("# what Tess typed\n");
  await desk.discard(sam);
});
