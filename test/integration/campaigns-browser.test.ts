/** Campaigns, the board and the call page in a real browser: nothing that axe finds, and a board that changes by itself. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sessionCookie } from "#web/room/who.ts";
import { accessibilityFaults, openBrowser } from "../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import {
  begin,
  dialAgain,
  dramaNumber,
  ending,
  newLedger,
  runningCampaign,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
let room: TestRoom;
let browser: Browser;
let coordinator: Visitor;
let base: string;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  base = `http://localhost:${new URL(await room.web.listen({ host: "127.0.0.1", port: 0 })).port}`;
  browser = await openBrowser();
  coordinator = await room.visitor("coordinator");
});
afterAll(async () => {
  await browser.close();
  await room.close();
  await db.drop();
});

async function open(width: number) {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const url = base.replace("http:", "https:");
  await context.addCookies([
    { name: sessionCookie, value: coordinator.secret, url, secure: true, httpOnly: true },
  ]);
  return context.newPage();
}

it("axe finds nothing, nothing is wider than a telephone, and the board changes by itself", async () => {
  const list = [1, 2, 3].map((n) => visit({ phone: dramaNumber(n), visitRef: `E-20261120-00${n}` }));
  const campaign = await runningCampaign(db.pool, list);
  const ledger = newLedger(db.pool);
  const attempt = await dialAgain(ledger, campaign);
  await begin(db.pool, attempt);
  const bad = `visit_ref,phone,do_not_call_reason\nN1,${dramaNumber(9)},\nN2,0900,\nN3,${dramaNumber(8)},deceased\n`;
  const { headers } = await coordinator.upload(`/campaigns/${campaign.id}/list`, bad);
  const of = `/campaigns/${campaign.id}`;
  await coordinator.post(`${of}/people-behind`, { name: "ward-desk", number: "01632 960123" });
  const visitPage = `/visits/${attempt.visitId}`;
  const pages = {
    ...{ list: "/campaigns", new: "/campaigns/new", campaign: of, stop: `${of}/stop`, upload: `${of}/list` },
    ...{ preview: String(headers.location), board: `${of}/board`, people: `${of}/people`, search: "/visits" },
    ...{ visit: visitPage, hold: `${visitPage}/hold`, callbacks: "/callbacks", dialling: "/dialling" },
  };
  const faults: string[] = [];
  const widths = { telephone: 360, ...(process.env.HEARBACK_SHOTS ? { desk: 1280 } : {}) };
  for (const [named, width] of Object.entries(widths)) {
    const page = await open(width);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(`${base}${path}`);
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${name} on a ${named}: ${fault}`));
      const wide = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      if (wide !== 0) faults.push(`${name} on a ${named}: ${wide} px too wide`);
      if (process.env.HEARBACK_SHOTS)
        await page.screenshot({
          path: `${process.env.HEARBACK_SHOTS}/campaigns-${name}-${named}.png`,
          fullPage: true,
        });
    }
    await page.close();
  }
  expect(faults).toEqual([]);
  const board = await open(1280);
  await board.goto(`${base}${of}/board`);
  await board.getByText("Live: it changes by itself.").waitFor();
  await ledger.end(attempt, ending());
  await board.getByText("Nobody is on the telephone just now.").waitFor();
  await board.close();
});
