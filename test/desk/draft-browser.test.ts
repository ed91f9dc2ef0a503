/** The pages of the draft in a real browser: nothing that axe finds, nothing typed thrown back or lost. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { sessionCookie } from "#web/room/who.ts";
import { accessibilityFaults, openBrowser, settledWidth } from "../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { sam, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
let browser: Browser;
let tess: Visitor;
let tom: Visitor;
let base: string;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  base = `http://localhost:${new URL(await room.web.listen({ host: "127.0.0.1", port: 0 })).port}`;
  browser = await openBrowser();
  tess = await room.visitor("telecoms", "Tess Example");
  tom = await room.visitor("telecoms", "Tom Example");
});
afterAll(async () => {
  await browser.close();
  await room.close();
  await db.drop();
});
beforeEach(() => uncheckedDesk(db.pool).discard(sam));

async function asTess(width: number, { scripts = true, who = tess } = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled: scripts });
  context.setDefaultTimeout(60_000);
  const url = base.replace("http:", "https:");
  await context.addCookies([{ name: sessionCookie, value: who.secret, url, secure: true, httpOnly: true }]);
  return context;
}
const files = "/releases/draft/files";
const textOf = (page: Page) => page.locator("textarea[name=text]");

/** Saved by another, behind the page's back. */
async function tomSaves(path: string, from: string | RegExp, to: string): Promise<void> {
  const desk = uncheckedDesk(db.pool);
  const { hashOf } = await import("#release/files.ts");
  const there = (await desk.file("draft", path))!;
  const text = new TextDecoder().decode(there).replace(from, to);
  const author = { kind: "user", id: tom.who.userId, name: tom.who.name } as const;
  await desk.saveFile({ path, bytes: new TextEncoder().encode(text), expectedHash: hashOf(there) }, author);
}

it.each([
  ["telephone", 360],
  ["desk", 1280],
])("axe finds nothing, and nothing is wider than the page: on a %s", async (named, width) => {
  await tomSaves("flows/fft.yaml", "title: ", "title: Tom's ");
  await tomSaves("asterisk/hooks.conf", /$/, "[loose\n");
  const pages = {
    ...{ draft: "/releases/draft", files, remove: `${files}/remove?path=flows/fft.yaml` },
    ...{ flow: "/flows/fft/edit", tests: `${files}/flows/fft.test.yaml`, words: "/prompts/words/goodbye" },
    ...{ dialplan: `${files}/asterisk/hooks.conf?line=3#text`, saves: `${files}/flows/fft.yaml/saves` },
    ...{ manifest: `${files}/prompts/manifest.yaml`, try: "/flows/appointment/try", prompts: "/prompts" },
  };
  const context = await asTess(width);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", ({ message }) => faults.push(`${page.url()}: ${message}`));
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(`${base}${path}`);
    for (const summary of await page.locator("summary").all()) await summary.click();
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${name}: ${fault}`));
    const wide = await settledWidth(page, width);
    if (wide > width) faults.push(`${name}: ${wide} px wide`);
    if (process.env.HEARBACK_SHOTS)
      await page.screenshot({
        path: `${process.env.HEARBACK_SHOTS}/draft-${name}-${named}.png`,
        fullPage: true,
      });
  }
  await context.close();
  expect(faults).toEqual([]);
});

it("leaves the caret and the text alone while checks come in, and Enter ends the line", async () => {
  const context = await asTess(1280);
  const page = await context.newPage();
  await page.goto(`${base}/flows/fft/edit`);
  const area = textOf(page);
  await area.click();
  await page.keyboard.press("Control+Home");
  const typed = ["# next: en", "# qu", "# a line that goes on", "# end"];
  for (const line of typed) {
    const checked = page.waitForResponse((answer) => answer.url().endsWith("/flows/fft/check"));
    await page.keyboard.type(line);
    await checked;
    await page.keyboard.press("Enter");
  }
  expect((await area.inputValue()).startsWith(`${typed.join("\n")}\n# yaml-language-server`)).toBe(true);
  const caret = await page.evaluate<number>("document.querySelector('textarea').selectionStart");
  expect(caret).toBe(`${typed.join("\n")}\n`.length);
  // A key of the try-out loads the page anew: where one stood in the text stays.
  await page.getByRole("button", { name: "key 1" }).click();
  await page.getByText("The caller is in question. What do they do?").waitFor();
  expect(await page.evaluate<number>("document.querySelector('textarea').selectionStart")).toBe(caret);
  await context.close();
});

it("keeps in this browser what was typed and not saved, and puts it in again", async () => {
  const context = await asTess(1280);
  const page = await context.newPage();
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto(`${base}${files}/asterisk/rtp.conf`);
  await textOf(page).press("Control+End");
  await page.keyboard.type("; typed and not saved");
  const typed = await textOf(page).inputValue();
  await page.goto(`${base}/releases`);
  await page.goto(`${base}${files}/asterisk/rtp.conf`);
  expect(await textOf(page).inputValue()).not.toBe(typed);
  await page.getByText("What you typed here on").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Put it in" }).click();
  expect(await textOf(page).inputValue()).toBe(typed);
  await page.getByRole("button", { name: "Save in the draft" }).click();
  await page.getByText("Saved in the draft.").waitFor();
  await page.goto(`${base}${files}/asterisk/rtp.conf`);
  expect(await page.getByText("What you typed here on").isVisible()).toBe(false);
  await context.close();
});

it("changes a greeting's words and a key of the story's menu without a script, and is told what does not fit", async () => {
  const context = await asTess(1280, { scripts: false });
  const page = await context.newPage();
  await page.goto(`${base}/prompts`);
  await page.getByRole("link", { name: "The words of hello" }).click();
  await page.getByLabel("English (United Kingdom)").fill("Good day.");
  await page.getByRole("button", { name: "Save in the draft" }).click();
  await page.getByText("Saved in the draft.").first().waitFor();
  await page.getByText("Hello says other words").waitFor();
  await page.goto(`${base}${files}`);
  await page.getByRole("link", { name: "flows/fft.yaml", exact: true }).click();
  const text = await textOf(page).inputValue();
  await textOf(page).fill(text.replace('{ key: "2", next: hear-story }', '{ key: "7", next: hear-story }'));
  await page.getByRole("button", { name: "Check", exact: true }).last().click();
  await page.getByText('The words of "review-keys" tell callers to press 2').first().waitFor();
  await page.getByRole("button", { name: "Run the tests" }).click();
  await page.getByText("went otherwise than written").waitFor();
  await page.getByRole("button", { name: "Save in the draft" }).click();
  await page.getByText("Saved in the draft.").waitFor();
  await page.getByRole("link", { name: "Earlier saves of this file" }).click();
  await page.getByRole("button", { name: "Put this one back" }).last().click();
  await page.getByText("That text is in the draft again.").waitFor();
  expect((await textOf(page).inputValue()).trimEnd()).toBe(text.trimEnd());
  await context.close();
});
