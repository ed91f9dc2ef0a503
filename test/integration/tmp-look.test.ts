import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accessibilityFaults, openBrowser } from "../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { appCode, goodPassword, grantOf, signInBench } from "../support/people-who-sign-in.ts";
import { type TestRoom, testRoom } from "../support/room.ts";

let database: TestDatabase;
let room: TestRoom;
let browser: Browser;
let address: string;
beforeAll(async () => {
  database = await createTestDatabase();
  room = await testRoom(database.pool, {
    service: { begin: async () => ({ url: "", proof: "" }), finish: async () => ({ kind: "stale" }) },
  });
  address = await room.web.listen({ host: "127.0.0.1", port: 0 });
  browser = await openBrowser();
}, 120000);
afterAll(async () => {
  await browser.close();
  await room.close();
  await database.drop();
});

it("looks", async () => {
  const bench = signInBench(database.pool);
  const { link, email } = await bench.invite({
    grants: [grantOf({ role: "governance" }), grantOf({ ward: "Ward 4" })],
  });
  await bench.invite({
    email: "b.singh@trust.example",
    name: "Baljit Singh",
    grants: [grantOf({ role: "coordinator" })],
  });
  const other = await bench.settled({
    email: "c.jones@trust.example",
    name: "Carys Jones",
    grants: [grantOf({ unit: "Surgery", ward: "Ward 4" })],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const errors: string[] = [];
  page.on("console", (m) => {
    if (m.type() === "error") errors.push(m.text());
  });
  const faults: Record<string, string[]> = {};
  const look = async (name: string) => {
    faults[name] = await accessibilityFaults(page);
    for (const [size, width, height] of [
      ["desktop", 1280, 900],
      ["phone", 375, 800],
    ] as const) {
      await page.setViewportSize({ width, height });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) faults[name]!.push(`wider than ${size}: ${wide}`);
      await page.screenshot({ path: `/tmp/look/${name}-${size}.png`, fullPage: true });
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  await page.goto(`${address}/sign-in`);
  await look("sign-in");
  await page.click("text=Continue");
  await look("sign-in-empty");
  await page.fill("#email", "x@y");
  await page.fill("#password", "abc");
  await page.click("button:has-text('Continue')");
  await look("sign-in-wrong");
  await page.goto(`${address}/invitation/${link}`);
  await look("invitation");
  await page.fill("#password", "password1234");
  await page.fill("#again", "password1234");
  await page.click("button:has-text('Continue')");
  await look("invitation-fault");
  await page.fill("#password", goodPassword);
  await page.fill("#again", goodPassword);
  await page.click("button:has-text('Continue')");
  await look("app");
  await page.fill("#code", "1");
  await page.click("button:has-text('Continue')");
  await look("app-fault");
  const id = (await bench.accounts.find({ email }))!.id;
  const [app] = await bench.appsOf(id);
  await page.fill("#code", appCode(app!, new Date()));
  await page.click("button:has-text('Continue')");
  await look("recovery");
  await page.goto(`${address}/account`);
  await look("account");
  await page.goto(`${address}/account/password`);
  await look("password");
  await page.click("button:has-text('Change password')");
  await look("password-fault");
  await page.goto(`${address}/governance/users`);
  await look("users");
  await page.goto(`${address}/governance/users/new`);
  await look("users-new");
  await page.click("text=Make the account");
  await look("users-new-fault");
  await page.fill("#name", "Dai Example");
  await page.fill("#email", "d@e.example");
  await page.click("text=Make the account");
  await look("users-link");
  await page.goto(`${address}/governance/users/${other.userId}`);
  await look("user");
  await page.goto(`${address}/governance/users/${id}`);
  await look("user-own");
  await page.click("button:has-text('Sign out')");
  await look("signed-out");
  await page.fill("#email", email);
  await page.fill("#password", goodPassword);
  await page.click("button:has-text('Continue')");
  await look("code");
  await page.click("text=I do not have my telephone");
  await look("code-open");
  await page.goto(`${address}/invitation/${link}`);
  await look("link-gone");
  console.log(
    JSON.stringify(Object.fromEntries(Object.entries(faults).filter(([, f]) => f.length)), null, 1),
    errors,
  );
  expect(1).toBe(1);
}, 300000);
