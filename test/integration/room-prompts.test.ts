/** The pages of prompts: the grid, a sound as a telephone gives it, a recording taken in or refused, back again, approved. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFolders } from "#app-voices.ts";
import { toInt16 } from "#lib/audio/resample.ts";
import { readWav, writeWav } from "#lib/audio/wav.ts";
import { createReleaseDesk } from "#postgres/releases.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { sessionCookie } from "#web/room/who.ts";
import { accessibilityFaults, openBrowser } from "../support/browser.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hum } from "../support/prompt-files.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
let sam: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  sam = await room.visitor("telecoms");
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

const sampleRate = 44_100;
const recording = (of: Parameters<typeof hum>[0] = {}) =>
  Buffer.from(
    writeWav({
      sampleRate,
      samples: toInt16(hum({ sampleRate, seconds: 0.8, beforeMs: 400, afterMs: 500, ...of })),
    }),
  );
const soundAt = (text: string) => /<audio class="prompt-sound"[^>]* src="([^"]+)"/.exec(text)?.[1] ?? "";
const hashAt = (text: string) => /\/([0-9a-f]{64})\.wav/.exec(soundAt(text))?.[1] ?? "";
const deskOf = ({ pool }: TestDatabase) =>
  createReleaseDesk({
    within: (work) => inTransaction(pool, work),
    folders: () => readFolders({ promptFolder: "prompts", flowFolder: "dialplans/flows" }),
    check: () => Promise.reject(new Error("not asked for here")),
  });

describe("the pages of prompts", () => {
  it("show every prompt in every language", async () => {
    const { status, text } = await sam.get("/prompts");
    expect(status).toBe(200);
    expect(text).toContain("If you are, press 1. To be called at another time");
    expect(text).toMatch(/aria-label="hello in English \(United Kingdom\): Stand-in"/);
    expect(text).toMatch(/aria-label="hello in Cymraeg \(Welsh\): Stand-in, not approved"/);
  });

  it("are found by name, by words in any language, and by state", async () => {
    const found = async (query: string) => {
      const { text } = await sam.get(`/prompts?${query}`);
      return [...text.matchAll(/aria-label="The words of ([^"]+)"/g)].map(([, id]) => id);
    };
    const all = await found("");
    expect(await found("find=ONE+short+question")).toEqual(["welcome"]);
    expect(await found("find=Hwyl+fawr")).toContain("goodbye");
    expect(await found("find=for-very")).toEqual(["for-very-good", "for-very-poor"]);
    expect(await found("state=Stand-in")).toEqual(all);
    const { text } = await sam.get("/prompts?find=%3Cb%3Enothing&state=Missing");
    expect(text).toMatch(new RegExp(`0 of ${all.length} prompts\\. <a href="/prompts">Show all`));
    expect(text).not.toContain("<b>nothing");
    expect((await sam.get(`/prompts?find=${"x".repeat(101)}`)).status).toBe(400);
  });

  it("give a sound as a telephone does, and no other file", async () => {
    const { text } = await sam.get("/prompts/en-GB/hello");
    const { status, bytes, headers } = await sam.get(soundAt(text));
    expect([status, headers["content-type"]]).toEqual([200, "audio/wav"]);
    const { samples } = readWav(bytes);
    // A-law has 256 levels
    expect(new Set(samples).size).toBeLessThanOrEqual(256);
    expect((await sam.get(soundAt(text).replace("hello", "goodbye"))).status).toBe(404);
    for (const place of ["/prompts/en-GB/helo", "/prompts/fr-FR/hello", "/prompts/en-GB/..%2f..%2fmanifest"])
      expect((await sam.get(place)).status, place).toBe(404);
  });

  it("take a recording into the draft, keep what was there, and put it back; each is in the audit", async () => {
    const at = "/prompts/cy-GB/goodbye";
    const before = hashAt((await sam.get(at)).text);
    const sent = await sam.upload(at, recording(), { seen: before });
    expect([sent.status, sent.headers.location]).toEqual([303, `${at}?done=recorded`]);
    const after = await sam.get(`${at}?done=recorded`);
    expect(after.text).toContain("The recording is in the draft.");
    expect(after.text).toMatch(/nhsuk-tag--green">\s*Recorded/);
    expect(after.text).toContain("Narrow, 8 kHz");
    expect(hashAt(after.text)).not.toBe(before);
    expect(after.text).toContain(`value="${before}"`);
    const back = await sam.post(`${at}/restore`, { seen: hashAt(after.text), version: before });
    expect(back.headers.location).toBe(`${at}?done=restored`);
    const again = await sam.get(at);
    expect(hashAt(again.text)).toBe(before);
    // a machine's stays a machine's, and nobody has approved it
    expect(again.text).toContain("Stand-in, not approved");
    expect(again.text).toContain("by Sam Example");
    const { rows } = await db.pool.query(
      "select who_name, details ->> 'path' as path from housekeeping.audit_entry where action = 'release-save' and subject_id = 'cy-GB/goodbye' order by n",
    );
    expect(rows).toEqual([1, 2].map(() => ({ who_name: "Sam Example", path: "prompts/cy-GB/goodbye.wav" })));
  });

  it("say which sounds are wide, of the folders' and of those that were brought", async () => {
    expect((await sam.get("/prompts")).text).not.toMatch(/, wide"/);
    const at = "/prompts/en-GB/good";
    const seen = hashAt((await sam.get(at)).text);
    const sent = await sam.upload(at, recording({ hissDb: -45 }), { seen });
    expect(sent.status).toBe(303);
    expect((await sam.get(at)).text).toContain("Wide, 16 kHz");
    const { text } = await sam.get("/prompts");
    expect(text.match(/aria-label="[^"]*, wide"/g)).toEqual([
      'aria-label="good in English (United Kingdom): Recorded, wide"',
    ]);
    expect(text).toMatch(/\. 1 wide, \d+ narrow/);
  });

  it.each<[string, Buffer | string, string]>([
    ["nothing", "", "No file was chosen"],
    ["no WAV", "ID3 and so on", "It is no WAV file"],
    ["one recorded too loud", recording({ db: 6 }), "It was recorded too loud"],
    ["one that says more", recording({ seconds: 6 }), "It is too long for its words"],
  ])("refuse %s, and leave what was there", async (_, file, told) => {
    const at = "/prompts/en-GB/hello";
    const before = hashAt((await sam.get(at)).text);
    const { status, text } = await sam.upload(at, file, { seen: before });
    expect(status).toBe(422);
    expect(text).toContain(told);
    expect(hashAt((await sam.get(at)).text)).toBe(before);
  });

  it("do nothing where somebody else was quicker", async () => {
    const at = "/prompts/en-GB/goodbye";
    const before = hashAt((await sam.get(at)).text);
    await sam.upload(at, recording(), { seen: before });
    const late = await sam.upload(at, recording({ hertz: 330 }), { seen: before });
    expect(late.status).toBe(409);
    expect(late.text).toContain("Somebody else changed this prompt meanwhile");
    expect(late.text).not.toContain("in the draft.");
  });

  it("approve a stand-in in the name of whoever listened: then patients hear it", async () => {
    const at = "/prompts/cy-GB/hello";
    const seen = hashAt((await sam.get(at)).text);
    const approved = await sam.post(`${at}/approve`, { seen });
    expect(approved.headers.location).toBe(`${at}?done=approved`);
    expect((await sam.get(at)).text).toContain("Approved by Sam Example on ");
    const { files } = await deskOf(db).draft();
    const watch = { fellBack: () => {}, missing: () => {} };
    const book = promptBook(files, { watch, rehearsal: false });
    expect(book.soundOf("hello", "cy-GB")?.language).toBe("cy-GB");
    expect(book.soundOf("thank-you", "cy-GB")?.language).toBe("en-GB");
  });
});

describe("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it("axe finds nothing, and a recording made in the page is taken in", async () => {
    const base = `http://localhost:${new URL(await room.web.listen({ host: "127.0.0.1", port: 0 })).port}`;
    const context = await browser.newContext({ viewport: { width: 390, height: 900 } });
    await context.addCookies([
      {
        name: sessionCookie,
        value: sam.secret,
        url: base.replace("http:", "https:"),
        secure: true,
        httpOnly: true,
      },
    ]);
    const page = await context.newPage();
    const faults: string[] = [];
    // The whole grid has 300 rows alike: axe takes half a minute for them.
    for (const path of ["/prompts?find=for-", "/prompts/cy-GB/hello", "/prompts/en-GB/goodbye"]) {
      await page.goto(base + path);
      for (const fault of await accessibilityFaults(page)) faults.push(`${path}: ${fault}`);
      if ((await page.evaluate<number>("document.documentElement.scrollWidth")) > 390)
        faults.push(`${path} is too wide`);
    }
    expect(faults).toEqual([]);
    await page.goto(`${base}/prompts/en-GB/thank-you`);
    // a voice instead of a microphone, which a test's machine has not
    await page.evaluate(`navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext();
      const voice = new OscillatorNode(context, { frequency: 200 });
      const loud = new GainNode(context, { gain: 0 });
      loud.gain.setValueAtTime(0.1, context.currentTime + 1);
      const to = context.createMediaStreamDestination();
      voice.connect(loud).connect(to);
      voice.start();
      return to.stream;
    }`);
    await page.click("[data-begin]");
    await page.waitForSelector("[data-end]:not([hidden])");
    // as long as its words take
    await page.waitForSelector("[data-recorder][data-seconds='3']");
    await page.click("[data-end]");
    await page.waitForSelector("[data-heard]:not([hidden])");
    await page.click("[data-upload] button");
    await page.waitForSelector(".nhsuk-inset-text[role=status], #recording-error");
    expect(await page.textContent("main")).toContain("The recording is in the draft.");
  });
});
