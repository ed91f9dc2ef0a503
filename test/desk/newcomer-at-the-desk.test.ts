/**
 * A newcomer in telecoms, with pages alone and while people are being called: changes the greeting and a key of the
 * story's menu, tries it, has it walked, is rung by it, publishes, sees the canary, and rolls back.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findWithin } from "#lib/audio/correlation.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { formsOf } from "#prompts/forms.ts";
import { answer, hangUp, hear, monitor, press, ring } from "#rehearsal/people/act.ts";
import { speakWithFlite } from "#rehearsal/voices/flite.ts";
import { type BusyHouse, openBusyHouse } from "../support/busy-house.ts";
import { monitored, prompt } from "../support/heard.ts";
import { testPerson } from "../support/people.ts";
import { query } from "../support/rehearsal.ts";

/** Whom staff ring to hear a draft. */
const colleague = testPerson("090", "listens to the draft", {}, [
  ...[ring(1), answer, monitor, hear(6), press("1"), hear(5), hangUp],
]);
const greeting = "Good day to you.";
const menu = (key: string, [keep, hearIt, again, remove, add]: readonly string[], then: string) =>
  `${keep}, ${then} 1. ${hearIt}, ${then} 2. ${again}, ${then} 3. ${remove}, ${then} 4. ${add}, ${then} ${key}.`;
const english = [
  "To keep what you told us",
  "To hear it",
  "To tell it again",
  "To delete it",
  "To add to it",
];
const welsh = ["I gadw'r hyn a ddywedoch", "I'w glywed", "I'w ddweud eto", "I'w ddileu", "I ychwanegu ato"];

let house: BusyHouse;
beforeAll(async () => {
  house = await openBusyHouse("newcomer", 800, {
    morePeople: [colleague],
    staffNumbers: [{ phone: colleague.number, label: "Front desk" }],
    // So that there are some for as long as all flows are walked.
    callsPerSecond: 0.3,
  });
});
afterAll(() => house?.close());

/** An English voice is slow to get through Welsh. */
const stretches: Record<string, number> = { "en-GB": 1, "cy-GB": 0.7 };

async function recordingOf(words: string, language: string): Promise<Buffer> {
  return Buffer.from(writeWav(await speakWithFlite(words, "slt", { stretch: stretches[language]! })));
}

async function putIn(language: string, id: string, words: string): Promise<void> {
  await house.open(`/prompts/${language}/${id}`);
  const recording = { name: `${id}.wav`, mimeType: "audio/wav", buffer: await recordingOf(words, language) };
  await house.page.locator("#recording").setInputFiles(recording);
  await house.act("Put it into the draft");
  await house.says("The recording is in the draft");
}

async function writeWords(id: string, words: Record<string, string>): Promise<void> {
  await house.open(`/prompts/words/${id}`);
  for (const [language, text] of Object.entries(words))
    await house.page.locator(`#text-${language}`).fill(text);
  await house.act("Save in the draft");
  await house.says("in the draft");
}

async function change(path: string, from: string, to: string): Promise<void> {
  await house.open(path);
  const text = house.page.locator("#text");
  const before = await text.inputValue();
  expect(before).toContain(from);
  await text.fill(before.replaceAll(from, to));
  await house.act("Save in the draft");
  await house.says("Saved in the draft");
}

/** Of the first second alone: what follows it, names and questions, is the same in both. */
const beginning = (sound: Int16Array): Int16Array => sound.subarray(0, 8_000);
const heardIn = (sound: Int16Array, number: string): number =>
  findWithin(beginning(sound), monitored(house.survey, number).heard, { overlap: 0.99 }).correlation;

/** As it is in the draft, or in a release: brought to form, and as a plain telephone hears it. */
async function greetingOf(place: string): Promise<Int16Array> {
  const answered = await house.page.request.get(`${house.address}/releases/${place}/sounds/en-GB/hello.wav`);
  return formsOf(await answered.body()).narrow;
}

const releasesOfCalls = () =>
  query<{ ref: string; release: number | null }>(
    house.survey,
    `select right(v.visit_ref, 3) as ref, k.release from call k
     join attempt a on a.id = k.attempt_id join visit v on v.id = a.visit_id
     where k.ended_at is not null order by k.answered_at`,
  );

let drafted: Int16Array;

describe("a newcomer", () => {
  it("changes the greeting: its words, and its recording", async () => {
    await writeWords("hello", { "en-GB": greeting });
    await putIn("en-GB", "hello", greeting);
    drafted = await greetingOf("draft");
    expect(findWithin(beginning(drafted), prompt("hello"), { overlap: 0.5 }).correlation).toBeLessThan(0.5);
  });

  it("changes a key of the story's menu: the flow, its tests, the words, and their recordings", async () => {
    await change("/flows/fft/edit", '{ key: "5", next: story-more }', '{ key: "6", next: story-more }');
    expect(await house.says("Checks")).toContain("review-keys");
    await change(
      "/releases/draft/files/flows/fft.test.yaml",
      '{ hear: review-keys }, { press: "5" }',
      '{ hear: review-keys }, { press: "6" }',
    );
    await writeWords("review-keys", {
      "en-GB": menu("6", english, "press"),
      "cy-GB": menu("6", welsh, "pwyswch"),
    });
    await putIn("en-GB", "review-keys", menu("6", english, "press"));
    await putIn("cy-GB", "review-keys", menu("6", welsh, "pwyswch"));
    await house.open("/flows/fft/edit");
    await house.says("No fault was found in this flow");
  });

  it("tries it in the browser", async () => {
    await house.open("/flows/fft/edit");
    expect(await house.says("What do they do?")).toContain(greeting);
    await house.act("Run the tests");
    await house.says("every branch is walked");
  });

  it("has it walked, from its page", async () => {
    await house.open("/releases/draft");
    await house.act("Walk it now");
    const kept = house.page.locator("main").filter({ hasText: "The last walk of these files" });
    await expect
      .poll(
        async () => {
          await house.open("/releases/draft/walk");
          return kept.count();
        },
        { timeout: 1_800_000, interval: 5_000 },
      )
      .toBe(1);
    expect(await house.says("The last walk of these files")).toContain("Passed The last walk");
  }, 1_900_000);

  it("is rung by it", async () => {
    await house.open("/releases/draft");
    await house.act("Call me now");
    // The page follows the call by itself.
    await house.page.locator('[data-part="call"][data-over="yes"]').waitFor({ timeout: 120_000 });
    expect(heardIn(drafted, colleague.number)).toBeGreaterThan(0.9);
  });

  it("publishes, and sees the canary", async () => {
    await house.open("/releases/draft");
    await house.page.locator("#note").fill("A warmer greeting; adding to a story is key 6");
    await house.page.locator("#share").fill("50");
    await house.act("Publish");
    await house.open("/releases");
    expect(await house.says("is tried out")).toContain("Release 1 is tried out");
    const ended = async () => {
      await house.calls();
      return (await releasesOfCalls()).filter(({ release }) => release === 1).length;
    };
    await expect.poll(ended, { timeout: 240_000, interval: 1_000 }).toBeGreaterThan(4);
    const canary = (await releasesOfCalls()).filter(({ release }) => release === 1);
    for (const { ref } of canary) expect(heardIn(drafted, `+447700900${ref}`)).toBeGreaterThan(0.9);
    await house.open("/releases");
    expect(await house.says("Release 1 is tried out")).toMatch(/Release 1 .*What the folders hold/);
  });

  it("rolls it back; who is rung from then on hears the old greeting", async () => {
    await house.open("/releases");
    await house.page.locator("#reason").fill("Somebody found it too warm");
    await house.act("Roll back");
    await house.says("Rolled back");
    const [row] = await query<{ now: Date }>(house.survey, "select now()");
    const later = () =>
      query<{ ref: string; release: number | null }>(
        house.survey,
        `select right(v.visit_ref, 3) as ref, k.release from call k
         join attempt a on a.id = k.attempt_id join visit v on v.id = a.visit_id
         where k.ended_at is not null and k.answered_at > $1::timestamptz + interval '2 seconds'`,
        [row!.now],
      );
    await expect
      .poll(
        async () => {
          await house.calls();
          return (await later()).length;
        },
        { timeout: 240_000, interval: 1_000 },
      )
      .toBeGreaterThan(3);
    const old = prompt("hello");
    for (const { ref, release } of await later()) {
      expect(release).toBeNull();
      expect(heardIn(old, `+447700900${ref}`)).toBeGreaterThan(0.9);
    }
  });

  it("and no call failed meanwhile", async () => {
    const ended = await house.endWell();
    console.log(`${ended} calls went on meanwhile`);
    expect(ended).toBeGreaterThan(50);
  });
});
