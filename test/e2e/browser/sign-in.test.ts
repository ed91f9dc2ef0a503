import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "#lib/clock.ts";
import { accessibilityFaults, openBrowser, settledWidth } from "../../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import {
  appCode,
  goodPassword,
  grantOf,
  type SignInBench,
  signInBench,
} from "../../support/people-who-sign-in.ts";
import { type TestRoom, testRoom } from "../../support/room.ts";

let database: TestDatabase;
let bench: SignInBench;
let room: TestRoom;
let browser: Browser;
let address: string;
beforeAll(async () => {
  database = await createTestDatabase();
  bench = signInBench(database.pool);
  room = await testRoom(database.pool);
  address = await room.web.listen({ host: "127.0.0.1", port: 0 });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await room.close();
  await database.drop();
});

const roles = [grantOf({ role: "governance" }), grantOf({ ward: "Ward 4" })];

/** A page of its own, and what was found wrong with each state that it was looked at in. */
async function lookingAt(javaScriptEnabled: boolean) {
  const page = await (await browser.newContext({ javaScriptEnabled, baseURL: address })).newPage();
  const refused: string[] = [];
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) refused.push(message.text());
  });
  const faults: string[] = [];
  const look = async (state: string) => {
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${state}: ${fault}`));
    await page.setViewportSize({ width: 320, height: 700 });
    const width = await settledWidth(page, 320);
    if (width > 320) faults.push(`${state}: ${width} pixels wide on a phone`);
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  return { page, look, faults, refused };
}

const send = (page: Page, text: string) => page.getByRole("button", { name: text, exact: true }).click();

async function signIn(page: Page, { email, app }: { email: string; app: Buffer }): Promise<void> {
  await page.goto("/sign-in?next=/account");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(goodPassword);
  await send(page, "Continue");
  const later = new Date(systemClock.now().getTime() + 30_000);
  await page.getByLabel("Six digits from your authenticator app").fill(appCode(app, later));
  await send(page, "Sign in");
}

it("every page of signing in and of accounts, with its faults, is fit for everybody", async () => {
  const { link, userId } = await bench.invite({ grants: roles });
  const { page, look, faults, refused } = await lookingAt(true);
  await page.goto("/sign-in");
  await look("sign in");
  await send(page, "Continue");
  await look("nothing typed");
  expect(await page.evaluate("document.activeElement.className")).toContain("nhsuk-error-summary");

  await page.goto(`/invitation/${link}`);
  await look("invitation");
  await page.getByLabel("New password").fill("password1234");
  await page.getByLabel("The same password again").fill("password1234");
  await send(page, "Continue");
  await look("a common password");
  await page.getByLabel("New password").fill(goodPassword);
  await page.getByLabel("The same password again").fill(goodPassword);
  await send(page, "Continue");
  await look("the app");
  const [app] = await bench.appsOf(userId);
  await page.getByLabel("Six digits from your app").fill(appCode(app!, systemClock.now()));
  await send(page, "Continue");
  await look("recovery codes");
  for (const path of ["/account", "/account/password", "/governance/users", "/governance/users/new"]) {
    await page.goto(path);
    await look(path);
  }
  await send(page, "Make the account");
  await look("nobody invited");
  await page.goto(`/governance/users/${(await bench.settled()).userId}`);
  await look("a user");
  await send(page, "Sign out");
  await look("signed out");
  await page.goto(`/invitation/${link}`);
  await look("a link that was used");
  expect(faults).toEqual([]);
  expect(refused).toEqual([]);
});

it("signs in, ends sessions and signs out without JavaScript", async () => {
  const person = await bench.settled({ grants: roles });
  await database.pool.query("update housekeeping.second_factor set last_step = 0 where user_id = $1", [
    person.userId,
  ]);
  const { page } = await lookingAt(false);
  await signIn(page, person);
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Your account");
  expect(await page.getByText("(this one)").count()).toBe(1);
  await page.getByRole("button", { name: /^End the session of/ }).click();
  expect(await page.getByText("That session is ended.").count()).toBe(1);
  await send(page, "Sign out everywhere");
  expect(await page.getByText("You are signed out everywhere.").count()).toBe(1);
  await page.goto("/account");
  expect(new URL(page.url()).pathname).toBe("/sign-in");
});
