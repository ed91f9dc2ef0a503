/**
 * Somebody of telecoms breaks each of twenty things on the pages, while people are being called: each time they are told
 * what is wrong, where, and what to write instead; nothing of it can be published, and no call notices.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeWav } from "#lib/audio/wav.ts";
import { checkFiles } from "#release/check-files.ts";
import { shownFault } from "#web/room/draft/faults.ts";
import { type BrokenThing, brokenBy, brokenThings } from "../support/broken-things.ts";
import { type BusyHouse, openBusyHouse } from "../support/busy-house.ts";
import { query, spoken } from "../support/rehearsal.ts";
import { shippedFiles } from "../support/shipped-flows.ts";

const things = brokenThings(shippedFiles);
const isTooLong = ({ expected }: BrokenThing) => expected.rule === "long-prompt";
/** A tone of that length is refused for what it is, and not for how long it takes. */
const longSpeech = writeWav({ sampleRate: 8_000, samples: spoken("story-long") });
let house: BusyHouse;
beforeAll(async () => {
  house = await openBusyHouse("twenty", 600);
});
afterAll(() => house?.close());

const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array());
const editorOf = (file: string): string =>
  file.startsWith("flows/")
    ? `/flows/${file.slice("flows/".length, -".yaml".length)}/edit`
    : `/releases/draft/files/${file}`;

/** What is wrong, and what to write instead: the check's own words, as a page says them. */
function wordsOf(thing: BrokenThing): string[] {
  const files = brokenBy(thing, shippedFiles);
  const { file, rule, line, column } = thing.expected;
  const fault = checkFiles(files).find(
    (one) => one.file === file && one.rule === rule && one.line === line && one.column === column,
  );
  if (!fault) throw new Error(`${thing.name}: the check does not find it`);
  const { what, instead } = shownFault(fault, files);
  return [what, instead].map((words) => words.replace(/\s+/g, " "));
}

/** Typed, checked, saved: the page says where, what, what to write instead, and that it can be saved and not published. */
async function writeIt(thing: BrokenThing): Promise<void> {
  const { file, content, expected } = thing;
  await house.open(editorOf(file));
  await house.page.locator("#text").fill(text(content));
  await house.act("Check");
  const told = await house.says("It can be saved, and not published.");
  if (expected.file === file) {
    expect(told).toContain(`Line ${expected.line}`);
    for (const words of wordsOf(thing)) expect(told).toContain(words);
  }
  await house.act("Save in the draft");
  await house.says("Saved in the draft");
}

async function takeItOut({ file }: BrokenThing): Promise<void> {
  await house.open(`/releases/draft/files/remove?path=${encodeURIComponent(file)}`);
  await house.act("Take it out");
  await house.says("It is taken out of the draft");
}

async function tryToPublish(): Promise<string> {
  await house.open("/releases/draft");
  await house.page.locator("#note").fill("What could go wrong");
  await house.act("Publish");
  return house.says("It cannot be published yet");
}

/** As commands tell it, or as the way to where it is mended. */
const placeOf = ({ expected: { file, line, column } }: BrokenThing): RegExp =>
  new RegExp(`${file}(:${line}:${column}: fault|, line ${line}\\b)|The words of fft-question`);

const releases = async () =>
  (await query<{ n: number }>(house.survey, "select count(*)::int as n from housekeeping.release"))[0]!.n;

describe("while people are being called", () => {
  it.each(things.filter((thing) => !isTooLong(thing)))("$name: $mistake", async (thing) => {
    const before = await house.calls();
    await (thing.content ? writeIt(thing) : takeItOut(thing));
    const refused = await tryToPublish();
    expect(refused).toMatch(placeOf(thing));
    for (const words of wordsOf(thing)) expect(refused).toContain(words);
    expect(await releases()).toBe(0);
    await house.act("Take the last save back");
    await house.says("Nothing is changed yet");
    const after = await house.calls();
    expect(after.going + after.answered - before.answered, "calls meanwhile").toBeGreaterThan(0);
  });

  it.each(things.filter(isTooLong))("$name: $mistake, which no page takes", async ({ file }) => {
    const [, language, name] = file.split("/");
    await house.open(`/prompts/${language}/${name!.replace(/\.wav$/, "")}`);
    const recording = { name: name!, mimeType: "audio/wav", buffer: Buffer.from(longSpeech) };
    await house.page.locator("#recording").setInputFiles(recording);
    await house.act("Put it into the draft");
    expect(await house.says("There is a problem")).toMatch(/takes 2\d\.\d s.*two prompts/);
    await house.open("/releases/draft");
    await house.says("Nothing is changed yet");
  });

  it("no call noticed: each went as its person meant it to", async () => {
    const answered = await house.endWell();
    console.log(`${answered} calls went on meanwhile`);
    expect(answered).toBeGreaterThan(things.length);
  });
});
