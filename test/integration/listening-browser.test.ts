import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sessionCookie } from "#web/room/who.ts";
import { accessibilityFaults, openBrowser } from "../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { heardStory, type TestStore, testStore } from "../support/heard-story.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let store: TestStore;
let room: TestRoom;
let browser: Browser;
let port: string;
beforeAll(async () => {
  db = await createTestDatabase();
  store = await testStore();
  room = await testRoom(db.pool, { store });
  port = new URL(await room.web.listen({ host: "127.0.0.1", port: 0 })).port;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await room.close();
  await db.drop();
  await store.drop();
});

const desktop = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };

/** A page of a visitor's, and what the browser complained of while it was open. */
async function openPage(
  visitor: Visitor,
  path: string,
  { viewport = desktop, javaScriptEnabled = true } = {},
) {
  const context = await browser.newContext({ viewport, javaScriptEnabled });
  const url = `http://localhost:${port}`;
  await context.addCookies([
    {
      name: sessionCookie,
      value: visitor.secret,
      url: url.replace("http:", "https:"),
      secure: true,
      httpOnly: true,
    },
  ]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${url}${path}`);
  return { page, complaints, close: () => context.close() };
}

const at = (page: Page): Promise<number> => page.evaluate('document.getElementById("sound").currentTime');
/** Where the sound was sought, in seconds, as `window.sought`. */
const recordSeeking = `window.sought = [];
  sound.addEventListener("seeking", () => window.sought.push(sound.currentTime))`;
/** The words that were lit, as `window.lit`. Slowly, so that no word is over before a slow machine has looked. */
const recordLit = `window.lit = [];
  sound.playbackRate = 0.25;
  new MutationObserver((changes) => {
    for (const { target } of changes)
      if (target.classList.contains("word--now")) window.lit.push(target.textContent);
  }).observe(transcript, { subtree: true, attributeFilter: ["class"] })`;
const isPlaying = (page: Page): Promise<boolean> => page.evaluate('!document.getElementById("sound").paused');
/** Without waitForFunction, whose eval the pages' own policy forbids. */
const until = (page: Page, condition: string) =>
  page.evaluate(`new Promise((done) => {
    const look = () => (${condition}) ? done() : requestAnimationFrame(look);
    look();
  })`);
const shot = (page: Page, name: string) =>
  process.env.HEARBACK_SHOTS
    ? page.screenshot({ path: `${process.env.HEARBACK_SHOTS}/${name}.png`, fullPage: true })
    : null;

describe("a story in a browser", () => {
  it("plays, is followed word by word, and is gone through by keys", async () => {
    const storyId = await heardStory(db.pool, store, { pause: true });
    const { page, complaints, close } = await openPage(
      await room.visitor("clinician"),
      `/stories/${storyId}`,
    );
    await page.evaluate(recordLit);
    await page.keyboard.press("k");
    await until(page, 'document.getElementById("sound").currentTime > 0.2');
    await until(page, 'window.lit.includes("the")');
    await page.keyboard.press("Space");
    await until(page, 'document.getElementById("sound").paused');
    expect(await page.textContent("#play")).toBe("Play");
    await page.getByText("clean", { exact: true }).click();
    await until(page, 'window.lit.includes("clean")');
    expect(await at(page)).toBeGreaterThanOrEqual(3);
    await page.evaluate("sound.playbackRate = 1");
    await page.keyboard.press("k");
    await page.keyboard.press("j");
    expect(await at(page)).toBe(0);
    await page.keyboard.press("l");
    expect(await at(page)).toBe(5);
    await page.keyboard.press("+");
    expect(await page.inputValue("#speed")).toBe("1.25");
    await page.keyboard.press("?");
    expect(await page.isVisible("#keys")).toBe(true);
    await page.keyboard.press("Escape");
    await page.keyboard.press("h");
    await page.getByText("Marked as heard.").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it("is reached word by word without a mouse", async () => {
    const storyId = await heardStory(db.pool, store);
    const { page, close } = await openPage(await room.visitor("clinician"), `/stories/${storyId}`);
    await page.focus("#transcript .word[tabindex]");
    await page.evaluate(recordSeeking);
    await page.evaluate(recordLit);
    for (const key of ["ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key);
    await until(page, 'window.lit.includes("was")');
    await until(page, "window.sought.length > 0");
    expect(await page.evaluate("window.sought[0]")).toBe(2);
    await close();
  });

  it("skips silence where one wishes it, and plays a clip from its start to its end", async () => {
    const storyId = await heardStory(db.pool, store, { pause: true });
    const visitor = await room.visitor("clinician");
    await visitor.post(`/stories/${storyId}/clip`, { name: "the end", from: "0:03.9", to: "0:04.1" });
    const { page, close } = await openPage(visitor, `/stories/${storyId}#t=2.1`);
    expect(await at(page)).toBe(2.1);
    await page.check("#skip");
    await page.evaluate(recordSeeking);
    await page.click("#play");
    await until(page, 'document.getElementById("sound").currentTime > 3.7');
    expect(await page.evaluate("window.sought")).toEqual([2.1, 3.8]);
    await page.getByText("Play “the end”").click();
    await until(page, 'document.getElementById("sound").paused');
    expect(await at(page)).toBeGreaterThanOrEqual(4.1);
    expect(await page.evaluate("sound.ended")).toBe(false);
    await close();
  });

  it("plays on while its words are corrected, and after its fifteen minutes are over", async () => {
    const storyId = await heardStory(db.pool, store);
    const { page, complaints, close } = await openPage(
      await room.visitor("clinician"),
      `/stories/${storyId}`,
    );
    await page.evaluate("window.stayed = true");
    await page.keyboard.press("e");
    await page.fill("#correct-text", "the ward was clean");
    await page.getByRole("button", { name: "Save the correction" }).click();
    await page.getByText("The correction is saved.").waitFor();
    expect(await page.textContent("#transcript .word--mended")).toBe("ward");
    expect(await page.evaluate("document.activeElement.id")).toBe("words-title");
    await page.fill("#label-label", "x".repeat(50));
    await page.getByRole("button", { name: "Add the label" }).click();
    await page.getByText("Use 40 characters or fewer").first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate("window.stayed")).toBe(true);
    expect(complaints.filter((text) => !text.includes("422"))).toEqual([]);
    await db.pool.query("update listening_grant set expires_at = now() where story_id = $1", [storyId]);
    await page.evaluate("document.getElementById('sound').load()");
    await page.click("#play");
    await until(page, 'document.getElementById("sound").currentTime > 0.1');
    expect(await isPlaying(page)).toBe(true);
    await close();
  });

  it("has nothing that axe finds, on a desktop and a phone, with everything open", async () => {
    const storyId = await heardStory(db.pool, store, { pause: true });
    const visitor = await room.visitor("coordinator", "Pat Example");
    const form = { version: "0", text: "the ward was clean" };
    await visitor.post(`/stories/${storyId}/correct`, form);
    await visitor.post(`/stories/${storyId}/clip`, { name: "the end", from: "0:04", to: "0:04.5" });
    await visitor.post(`/stories/${storyId}/note`, { text: "Told the ward’s manager." });
    await visitor.post(`/stories/${storyId}/label`, { label: "cleaning" });
    await visitor.post(`/stories/${storyId}/flag`, { reason: "A fall that nobody saw" });
    for (const [name, viewport] of Object.entries({ desktop, phone }))
      for (const path of [`/stories/${storyId}`, `/stories/${storyId}/who`, "/urgent"]) {
        const { page, complaints, close } = await openPage(visitor, path, { viewport });
        await shot(page, `${name}${path.replace(storyId, "ID").replaceAll("/", "-")}`);
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        expect([path, await accessibilityFaults(page)]).toEqual([path, []]);
        await shot(page, `${name}${path.replace(storyId, "ID").replaceAll("/", "-")}-open`);
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
        expect([path, wide]).toEqual([path, viewport.width]);
        expect(complaints).toEqual([]);
        await close();
      }
  });

  it("is heard, corrected and flagged without scripts", async () => {
    const storyId = await heardStory(db.pool, store);
    const options = { javaScriptEnabled: false };
    const visitor = await room.visitor("clinician");
    const { page, close } = await openPage(visitor, `/stories/${storyId}`, options);
    expect(await page.locator("audio[controls]").isVisible()).toBe(true);
    expect(await page.locator("#play").isVisible()).toBe(false);
    await page.getByText("Correct the words", { exact: true }).click();
    await page.fill("#correct-text", "the ward was clean");
    await page.getByRole("button", { name: "Save the correction" }).click();
    await page.getByText("The correction is saved.").waitFor();
    await page.getByText("Flag as urgent").first().click();
    await page.fill("#flag-reason", "A fall that nobody saw");
    await page.getByRole("button", { name: "Flag as urgent" }).click();
    await page.getByText("The story is flagged as urgent.").waitFor();
    await page.goto(`http://localhost:${port}/urgent`);
    await page.getByRole("button", { name: "I take this" }).first().click();
    await page.getByText("You have taken it.").waitFor();
    await close();
  });
});
