/** The listening room in a real browser, on stories of real calls made a minute ago: what a newcomer would do. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "#access/rights.ts";
import { startCampaign } from "#postgres/campaigns.ts";
import { accessibilityFaults, openBrowser, settledWidth } from "../support/browser.ts";
import { prepareSurvey, query, refOf, type Survey, untilOver } from "../support/rehearsal.ts";

const tellers = ["001", "002", "003"].map((tail) => `+447700900${tail}`);
let survey: Survey;
let browser: Browser;
let address: string;
let links: Map<Role, string>;
/** What the browser complained of: blocked scripts and styles, thrown errors. */
const complaints: string[] = [];
const people = new Map<Role, Promise<BrowserContext>>();

beforeAll(async () => {
  survey = await prepareSurvey(tellers, { name: "room" });
  const { rehearsal, campaign } = survey;
  const started = await rehearsal.app.start();
  address = started.address!;
  links = await rehearsal.signInLinks(address);
  await startCampaign(rehearsal.pool, campaign.name);
  await untilOver({ rehearsal, campaign }, 200_000);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await survey?.stop();
});

/** Somebody of this role, signed in by their link; one browser a person. */
async function pageOf(role: Role): Promise<Page> {
  let person = people.get(role);
  if (!person) {
    person = browser.newContext({ locale: "en-GB", acceptDownloads: true });
    people.set(role, person);
    const first = await (await person).newPage();
    await first.goto(links.get(role)!);
    await first.close();
  }
  const page = await (await person).newPage();
  page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
  page.on("pageerror", (thrown) => complaints.push(String(thrown)));
  return page;
}

const open = async (page: Page, path: string) => page.goto(`${address}${path}`);

async function storyOf(number: string): Promise<string> {
  const [row] = await query<{ story_id: string }>(
    survey,
    "select story_id from survey_result where visit_ref = $1",
    [refOf(number)],
  );
  return row!.story_id;
}

describe("a clinician", () => {
  test("signs in by a link that is good once", async () => {
    const page = await pageOf("clinician");
    await open(page, "/");
    expect(page.url()).toBe(`${address}/stories`);
    const again = await (await browser.newContext()).newPage();
    expect((await again.goto(links.get("clinician")!))?.status()).toBe(410);
  });

  test("finds the stories of calls made a minute ago, and filters them by the keyboard alone", async () => {
    const page = await pageOf("clinician");
    await open(page, "/stories");
    expect(await page.locator("#stories > li").count()).toBe(tellers.length);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/stories\/[0-9a-f-]{36}/);
    await open(page, "/stories?rating=9");
    expect(await page.title()).toContain("Stories");
  });

  test("hears one: the audio plays, time moves, and the listen is in the audit", async () => {
    const story = await storyOf(tellers[0]!);
    const page = await pageOf("clinician");
    await open(page, `/stories/${story}`);
    await page.keyboard.press("k");
    const audio = (of: string) => () =>
      page.evaluate<number | boolean>(`document.querySelector("audio").${of}`);
    await expect.poll(audio("currentTime"), { timeout: 30_000 }).toBeGreaterThan(1);
    await page.keyboard.press("k");
    await expect.poll(audio("paused"), { timeout: 30_000 }).toBe(true);
    expect(await audio("duration")()).toBeGreaterThan(3);
    const governance = await pageOf("governance");
    await open(governance, `/governance/audit?action=listen`);
    expect(await governance.locator("tbody tr").count()).toBe(1);
    expect(await governance.textContent("tbody")).toContain("Claire Example");
  });

  test("corrects a word, finds the story again by it, and undoes it", async () => {
    const story = await storyOf(tellers[1]!);
    const page = await pageOf("clinician");
    await open(page, `/stories/${story}`);
    await page.locator("#correct summary").click();
    const words = page.locator("#correct textarea");
    await words.fill(`${await words.inputValue()} Zebrafinch.`);
    await page.getByRole("button", { name: "Save the correction" }).click();
    await page.locator("#transcript", { hasText: "Zebrafinch" }).waitFor();
    await open(page, "/stories?words=zebrafinch");
    expect(await page.locator("#stories > li").count()).toBe(1);
    expect((await page.locator("#stories mark").first().textContent())?.toLowerCase()).toContain(
      "zebrafinch",
    );
    await open(page, `/stories/${story}`);
    await page.getByRole("button", { name: "Undo the last correction" }).click();
    await page.locator("#transcript:not(:has-text('Zebrafinch'))").waitFor();
    await open(page, "/stories?words=zebrafinch");
    expect(await page.locator("#stories > li").count()).toBe(0);
  });

  test("flags one as urgent, and it waits there for an owner", async () => {
    const story = await storyOf(tellers[2]!);
    const page = await pageOf("clinician");
    await open(page, `/stories/${story}`);
    await page.locator("#make-flag summary").click();
    await page.locator("#make-flag textarea").fill("A fall on the ward was not written down");
    await page.locator("#make-flag").getByRole("button", { name: "Flag as urgent" }).click();
    await page.locator("#state", { hasText: "Nobody has taken it yet" }).waitFor();
    await open(page, "/urgent");
    expect(await page.textContent("main")).toContain("A fall on the ward was not written down");
  });

  test("is refused what is not theirs", async () => {
    const page = await pageOf("clinician");
    for (const path of ["/campaigns", "/governance", "/governance/audit"])
      expect([path, (await open(page, path))?.status()]).toEqual([path, 403]);
    expect(await page.textContent("h1")).toBe("You may not open this page");
    complaints.length = 0;
  });
});

describe("without JavaScript", () => {
  test("reading, filtering, playing, correcting and flagging go on", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    await context.addCookies(await (await people.get("clinician")!).cookies());
    const page = await context.newPage();
    const story = await storyOf(tellers[1]!);
    await open(page, "/stories");
    await page.locator('input[name="words"]').fill("the");
    await page.getByRole("button", { name: "Show stories" }).click();
    expect(page.url()).toContain("words=the");
    await open(page, `/stories/${story}`);
    expect(await page.locator("audio[controls]").isVisible()).toBe(true);
    await page.locator("#correct summary").click();
    await page.locator("#correct textarea").fill("Written without a script.");
    await page.getByRole("button", { name: "Save the correction" }).click();
    expect(await page.textContent("#transcript")).toContain("Written without a script.");
    await page.getByRole("button", { name: "Undo the last correction" }).click();
    await page.getByRole("button", { name: "Mark as heard" }).click();
    expect(await page.textContent("#state")).toContain("Heard");
    await context.close();
  });
});

describe("every page", () => {
  const pages: [Role, string][] = [
    ["clinician", "/stories"],
    ["clinician", "/stories?state=unheard&rating=1"],
    ["clinician", "/stories?words=no-such-word"],
    ["clinician", "/stories/filters"],
    ["clinician", "/stories/export"],
    ["clinician", "/stories/STORY"],
    ["clinician", "/urgent"],
    ["clinician", "/overview"],
    ["clinician", "/account"],
    ["clinician", "/no-such-page"],
    ["coordinator", "/campaigns"],
    ["coordinator", "/campaigns/new"],
    ["coordinator", "/campaigns/CAMPAIGN"],
    ["coordinator", "/campaigns/CAMPAIGN/list"],
    ["coordinator", "/campaigns/CAMPAIGN/board"],
    ["coordinator", "/campaigns/CAMPAIGN/people"],
    ["coordinator", "/campaigns/CAMPAIGN/stop"],
    ["coordinator", "/callbacks"],
    ["coordinator", "/visits"],
    ["coordinator", "/dialling"],
    ["coordinator", "/overview?from=2020-01-01&to=2019-01-01"],
    ["coordinator", "/visits/VISIT"],
    ["governance", "/governance"],
    ["governance", "/governance/audit"],
    ["governance", "/governance/retention"],
    ["governance", "/governance/person"],
    ["governance", "/governance/users"],
    ["telecoms", "/"],
  ];
  test.each(pages)("%s %s has no fault that axe finds, at a desk and on a telephone", async (role, path) => {
    const page = await pageOf(role);
    const [visit] = await query<{ id: string }>(survey, "select id from visit where visit_ref = $1", [
      refOf(tellers[0]!),
    ]);
    const at = path
      .replace("STORY", await storyOf(tellers[0]!))
      .replace("VISIT", visit!.id)
      .replace("CAMPAIGN", survey.campaign.id);
    const answer = await open(page, at);
    expect(answer?.status()).toBeLessThan(path === "/no-such-page" ? 405 : 400);
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(
        await settledWidth(page, width),
        "nothing is cut off, or makes the page scroll sideways",
      ).toBeLessThanOrEqual(width);
    }
    if (path === "/no-such-page") complaints.length = 0;
    await page.close();
  });

  test("lets the browser complain of nothing: no script or style was blocked, none failed", () => {
    expect(complaints).toEqual([]);
  });

  test.each(["/sign-in", "/invitation/unknown"])("before signing in: %s", async (path) => {
    const page = await (await browser.newContext()).newPage();
    await open(page, path);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.close();
  });
});
