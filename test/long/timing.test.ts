/** What people hear and when, taken at their end of the line: beside what they say, on one time axis. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { voiceMs } from "#rehearsal/people/dialplan.ts";
import type { Person } from "#rehearsal/people/person.ts";
import {
  cut,
  hearing,
  lengthMs,
  type Monitored,
  monitored,
  placeOf,
  prompt,
  type Stretch,
  stretches,
} from "../support/heard.ts";
import { doublePresser, firstListener, interrupter, secondListener } from "../support/people.ts";
import {
  callAll,
  prepareSurvey,
  refOf,
  resultsByRef,
  type Survey,
  spoken,
  tracesOf,
} from "../support/rehearsal.ts";

const people = [firstListener, secondListener, interrupter, doublePresser];
let survey: Survey;

/**
 * A machine on which all stands still for a moment in the middle adds so much to what is measured here. The figures are
 * printed; how fast we are is the bench's to say. What it would be if it did not work is far above: a prompt not stopped
 * goes on for seconds.
 */
const stoodStillMs = 1_000;

beforeAll(async () => {
  survey = await prepareSurvey(
    people.map(({ number }) => number),
    { name: "timing", morePeople: people, speechEngine: "none" },
  );
  await callAll(survey, 150_000);
});
afterAll(() => survey?.stop());

const of = ({ number }: Person): Monitored => monitored(survey, number);

/** SendDTMF waits so long after the word before it, and holds a key so long: the key counts when it is let go. */
const beforeKeyMs = 100;
const heldMs = 120;

/** When each key was let go: right before it, the person says "hello" (support/people.ts). The first one is no key's. */
function keysLetGo({ said }: Monitored, { helloFirst }: { helloFirst: boolean }): number[] {
  const hello = spoken("hello");
  return stretches(said, 400)
    .slice(helloFirst ? 1 : 0)
    .map(({ beginMs }) => {
      const from = Math.max(0, beginMs - 300);
      const place = placeOf(hello, cut(said, from, beginMs + 1_500));
      expect(place.correlation, `"hello" at ${beginMs} ms`).toBeGreaterThan(0.95);
      return from + place.endMs + beforeKeyMs + heldMs;
    });
}

const voiceOf = (samples: Int16Array): Stretch[] => stretches(samples, 60);

describe("the first words", () => {
  test.each(people.map((person) => [person.title, person] as const))(
    "are a whole Hello to the one who %s",
    (_title, person) => {
      const hello = placeOf(prompt("hello"), cut(of(person).heard, 0, 1_500));
      expect(hello.correlation).toBeGreaterThan(0.98);
      // Listening begins with our first frame or one later; the first sound in it comes after 30 ms.
      expect(hello.beginMs).toBeGreaterThanOrEqual(-stretches(prompt("hello"))[0]!.beginMs);
    },
  );

  test("come soon after the answer: 300 ms where nothing else runs", () => {
    const log = readFileSync(join(survey.rehearsal.network.carrier!.logDir, "messages"), "utf8");
    const [answers, hears] = ["answers", "hears"].map((what) => {
      const [, time] = new RegExp(`^\\[([^\\]]+)\\].*\\${interrupter.number} ${what}$`, "m").exec(log) ?? [];
      return new Date(`${time}Z`).getTime();
    });
    // Not by the recording of what they heard: Asterisk's Answer() comes back, and it begins, with the first audio.
    // They notice a voice once it has lasted for a while; the recording of "Hello." begins with a moment of silence.
    const firstAudioMs = hears! - answers! - voiceMs - stretches(prompt("hello"))[0]!.beginMs;
    console.log(`first audio ${firstAudioMs} ms after the answer`);
    expect(firstAudioMs).toBeLessThan(300 + stoodStillMs);
  });

  test("are followed by 0.8 s in which the handset reaches the ear", () => {
    const { heard } = of(firstListener);
    const hello = placeOf(prompt("hello"), cut(heard, 0, 1_500));
    const next = placeOf(prompt("automated-call-from"), cut(heard, 0, 6_000));
    expect(next.correlation).toBeGreaterThan(0.98);
    expect(next.beginMs - hello.endMs).toBeGreaterThan(780);
    expect(next.beginMs - hello.endMs).toBeLessThan(900 + stoodStillMs);
  });
});

describe("a key", () => {
  test("stops the prompt at once, within 200 ms where nothing else runs; half a second later comes the next", () => {
    const call = of(interrupter);
    const voice = voiceOf(call.heard);
    const keys = keysLetGo(call, { helloFirst: true });
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      const next = voice.find(({ beginMs }) => beginMs > key + 200)!;
      const lastBefore = voice[voice.indexOf(next) - 1]!;
      const [stopMs, nextMs] = [lastBefore.endMs - key, next.beginMs - key].map(Math.round);
      console.log(`key let go: the prompt stopped ${stopMs} ms, the next began ${nextMs} ms after it`);
      expect(stopMs).toBeLessThan(200 + stoodStillMs);
      expect(nextMs, "handset pause of 500 ms").toBeGreaterThan(450);
      expect(nextMs).toBeLessThan(750 + stoodStillMs);
    }
    // The first of them came in the middle of a word, or this would prove nothing.
    const stopped = voice.findLast(({ beginMs }) => beginMs < keys[0]!)!;
    expect(stopped.endMs).toBeGreaterThan(keys[0]! - beforeKeyMs - heldMs);
    const whole = placeOf(prompt("greeting-keys"), call.heard);
    expect(whole.correlation, "the greeting was not heard out").toBeLessThan(0.95);
  });

  test("twice within 300 ms is one: the second neither answers nor cuts what follows", async () => {
    const call = of(doublePresser);
    const [first] = keysLetGo(call, { helloFirst: false });
    const welcome = hearing(prompt("welcome"), call.heard, first!, 2_000);
    expect(welcome.weak.length, `welcome: ${welcome.weak}`).toBeLessThanOrEqual(1);
    expect(welcome.beginMs - first!).toBeLessThan(750 + stoodStillMs);
    const question = hearing(prompt("fft-question"), call.heard, welcome.endMs - 50, 1_000);
    expect(question.weak.length, `question: ${question.weak}`).toBeLessThanOrEqual(1);
    const { keys } = await tracesOf(survey, refOf(doublePresser.number));
    expect(keys.map(({ step, digit }) => `${step}:${digit}`)).toEqual([
      "greeting:1",
      "question:2",
      "read-back:1",
      "story:#",
    ]);
  });
});

const greeting = ["hello", "automated-call-from", "trust-northfield", "are-you-the-person", "greeting-keys"];
const question = [
  ...["welcome", "fft-question", "for-very-good", "for-good", "for-neither-good-nor-poor", "for-poor"],
  ...["for-very-poor", "for-dont-know", "to-hear-again"],
];
const readBack = ["you-said", "neither-good-nor-poor", "read-back-keys"];
const story = [
  ...[
    "story-invitation",
    "nobody-listens-now",
    "name-nobody",
    "story-limit-20s",
    "press-hash-when-done",
    "tone",
  ],
  ...["review-keys", "consent-question"],
];
const ringBack = [..."01632960000"].map((digit) => `digit-${digit}`);
const thanks = ["thank-you", "to-reach-us", ...ringBack, "goodbye"];

describe("whoever hears everything out", () => {
  test.each([
    ["to the read-back", firstListener, [...greeting, ...question, ...readBack]],
    ["from the story on", secondListener, [...story, ...thanks]],
  ] as const)("hears each prompt whole and in its order: %s", (_where, person, prompts) => {
    const { heard } = of(person);
    let atMs = 0;
    const begunLate: string[] = [];
    for (const id of prompts) {
      // Digits follow one another at once, and one "nought" is like the next.
      const withinMs = id.startsWith("digit-") ? 350 : 25_000;
      const { weak, pieces, endMs, beginMs } = hearing(prompt(id), heard, atMs, withinMs);
      if (weak[0]?.startsWith("0 ms")) begunLate.push(`${id} after ${Math.round(atMs)} ms`);
      expect(weak.length, `${id}, ${pieces} pieces, not heard well: ${weak}`).toBeLessThanOrEqual(
        Math.max(1, pieces / 6),
      );
      // The silence at a file's edge, or a period of a tone, may lie a little earlier than it was played.
      expect(beginMs).toBeGreaterThanOrEqual(atMs - 40);
      // Of the last word, a moment of silence may fall to the hang-up.
      expect(endMs, `the end of ${id}`).toBeLessThan(lengthMs(heard) + 60);
      atMs = endMs - 20;
    }
    // One may fall to a slip of the machine's; a fault of ours would cut off the beginning of each.
    expect(begunLate.length, `not heard from their beginning on: ${begunLate}`).toBeLessThanOrEqual(1);
  });

  test("is in the database with what they answered", async () => {
    const results = await resultsByRef(survey);
    for (const { number, expect: script } of people) {
      const { disposition, rating, shareConsent } = script;
      expect(results.get(refOf(number))).toMatchObject({ disposition, rating, share_consent: shareConsent });
    }
  });
});
