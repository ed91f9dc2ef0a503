/**
 * Somebody of telecoms breaks each of twenty things on the pages, while people are being called: each time they are told
 * what is wrong, where, and what to write instead; nothing of it can be published, and no call notices.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrokenThing, brokenThings } from "../support/broken-things.ts";
import { type BusyHouse, openBusyHouse } from "../support/busy-house.ts";
import { query } from "../support/rehearsal.ts";
import { shippedFiles } from "../support/shipped-flows.ts";

const things = brokenThings(shippedFiles);
let house: BusyHouse;
beforeAll(async () => {
  house = await openBusyHouse("twenty", 400);
});
afterAll(() => house?.close());

const open = (path: string) => house.page.goto(`${house.address}${path}`);
/** What the page says, once it says this. */
const said = async (words: string): Promise<string> => {
  const page = house.page.locator("main").filter({ hasText: words });
  return (await page.innerText({ timeout: 60_000 })).replace(/\s+/g, " ");
};
const act = (name: string | RegExp) => house.page.getByRole("button", { name }).first().click();
const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array());

/** The page of a flow: typed, checked, saved. */
async function breakFlow({ file, content, expected }: BrokenThing): Promise<void> {
  const { page } = house;
  await open(`/flows/${file.slice("flows/".length, -".yaml".length)}/edit`);
  await page.locator("#text").fill(text(content));
  await act("Check");
  await said(`Line ${expected.line}`);
  await page.locator("#text").fill(text(content));
  await act("Save in the draft");
  await said("Saved in the draft");
}

const broken = { flows: breakFlow };

async function tryToPublish(): Promise<string> {
  await open("/releases/draft");
  await house.page.locator("#note").fill("What could go wrong");
  await act("Publish");
  return said("It cannot be published yet");
}

const releases = async () =>
  (await query<{ n: number }>(house.survey, "select count(*)::int as n from housekeeping.release"))[0]!.n;

describe("while people are being called", () => {
  it.each(things)("$name: $mistake", async (thing) => {
    const before = await house.calls();
    const { file, expected } = thing;
    const place = file.split("/")[0] as keyof typeof broken;
    await broken[place](thing);
    expect(await tryToPublish()).toContain(`${expected.file}:${expected.line}:`);
    expect(await releases()).toBe(0);
    await open("/releases/draft");
    await act("Take the last save back");
    await said("Nothing is changed yet");
    const after = await house.calls();
    expect(Math.max(before.going, after.going, after.answered - before.answered)).toBeGreaterThan(0);
  });

  it("no call noticed: each went as its person meant it to", async () => {
    expect(await house.endWell()).toBeGreaterThan(things.length);
  });
});
