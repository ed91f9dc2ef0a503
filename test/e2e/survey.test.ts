/** Everybody of the rehearsal's cast is rung once, over real SIP, speech and keys; then each of them is looked into. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SurveyResult } from "#postgres/results.ts";
import { people } from "#rehearsal/people/people.ts";
import type { Person } from "#rehearsal/people/person.ts";
import { isOneOfTheTwelve, storyTexts } from "#rehearsal/people/stories.ts";
import { combinedWordErrorRate, normalisedWords } from "#transcript/word-error-rate.ts";
import {
  cut,
  hearing,
  joined,
  lengthMs,
  monitored,
  monitorFiles,
  prompt,
  RATE,
  readSamples,
  silence,
  stretches,
} from "../support/heard.ts";
import { machines } from "../support/people.ts";
import {
  callAll,
  carrierCalls,
  expectSpoken,
  filesIn,
  nameOf,
  personOf,
  prepareSurvey,
  query,
  refOf,
  resultsByRef,
  type Survey,
  spoken,
  storedAudio,
  type Traces,
  tracesOf,
} from "../support/rehearsal.ts";

const cast: readonly Person[] = [...people, ...machines];
let survey: Survey;
let results: Map<string, SurveyResult>;
const traces = new Map<string, Traces>();

beforeAll(async () => {
  survey = await prepareSurvey(
    cast.map(({ number }) => number),
    { name: "survey", morePeople: machines },
  );
  await callAll(survey, 280_000); // a busy machine understands the stories slowly
  results = await resultsByRef(survey);
  for (const { number } of cast) traces.set(number, await tracesOf(survey, refOf(number)));
});
afterAll(() => survey?.stop());

const resultOf = ({ number }: Person): SurveyResult => results.get(refOf(number))!;
const tracesOfPerson = ({ number }: Person): Traces => traces.get(number)!;
const keptStory = (person: Person) => tracesOfPerson(person).stories.find(({ state }) => state === "kept");

const rated = (rating: number, consent: 1 | 2) =>
  `greeting:1 question:${rating} read-back:1 story:# review:1 consent:${consent}`;
const ratedOnly = (rating: number) => `greeting:1 question:${rating} read-back:1 story:#`;

/** The keys that counted, each with the step that it answered; by the last digits of the number. */
const keys: Record<string, string> = {
  "001": rated(1, 1),
  "002": rated(2, 1),
  "003": rated(3, 2),
  "004": rated(4, 1),
  "005": rated(5, 2),
  "006": rated(6, 1),
  "007": "greeting:1 question:2",
  "008": "greeting:3",
  "009": "greeting:2 callback:1 greeting-callback:1 question:2 read-back:1 story:# review:1 consent:1",
  "010": "greeting:9",
  "011": "greeting:1 welcome:9 opt-out:1 question:3 read-back:1 story:#",
  "012": "greeting:4",
  "014": `greeting:7 greeting:0 greeting:1 question:8 question:4 read-back:1 story:#`,
  "015": rated(5, 2),
  "016": ratedOnly(2),
  "017": ratedOnly(5),
  "019": "greeting:1",
  "020": "greeting:1 question:2 read-back:1",
  "021": "greeting:1 question:3 read-back:1",
  "022": rated(4, 2),
  "023": "greeting:1 question:2 read-back:1 story-limit:1 story-more:# review:1 consent:1",
  "024": "greeting:1 question:3 read-back:1 story:# review:2 review:1 consent:1",
  "025": "greeting:1 question:2 read-back:1 story:# review:3 story-again:# review:1 consent:1",
  "026": "greeting:1 question:5 read-back:1 story:# review:5 story-more:# review:1 consent:1",
  "027": "greeting:1 question:4 read-back:1 story:# review:4",
  "028": ratedOnly(2),
  "036": rated(4, 1),
};

/** The limit cuts this one after 20 s by the clock, and a busy machine speaks late: its first 14 s are surely there. */
const withinLimit = (sound: string) =>
  sound === "story-long" ? spoken(sound).subarray(0, 14 * 8000) : sound;

/** What two seconds are where the machine may stand still in between; measured beside, and told. */
const twoSecondsMs = 4_000;

describe.each(cast.map((person) => [person.number.slice(-3), person.title, person] as const))(
  "%s %s",
  (tail, _title, person) => {
    test("has the row of survey_result that the script says", () => {
      const { disposition, rating, shareConsent, transcriptState, attempts, story } = person.expect;
      const row = resultOf(person);
      expect(row).toMatchObject({ disposition, rating, attempts });
      expect(row).toMatchObject({ share_consent: shareConsent, transcript_state: transcriptState });
      expect(row.callback_due, "a promise that is kept is no longer due").toBeNull();
      expect(row.story_id !== null, "has a story").toBe(story.length > 0);
      expect(row.answered_at).toEqual(tracesOfPerson(person).calls.at(-1)?.answered_at ?? null);
    });

    test("pressed these keys, each written before the next prompt", () => {
      const pressed = tracesOfPerson(person).keys;
      expect(pressed.map(({ step, digit }) => `${step}:${digit}`).join(" ")).toBe(keys[tail] ?? "");
      for (const [index, { pressed_at, written_at }] of pressed.entries()) {
        // The next prompt comes a handset pause after the key, 500 ms, or once it is written to the spool: on a slow
        // disk this is when it came from there into the database.
        expect(written_at.getTime() - pressed_at.getTime(), "ms to write the key").toBeLessThan(10_000);
        const next = pressed[index + 1];
        if (next) expect(next.pressed_at.getTime()).toBeGreaterThan(pressed_at.getTime());
      }
    });

    test("was rung as often as the attempts say, and ended as they say", () => {
      const { attempts, calls } = tracesOfPerson(person);
      const { carrier } = survey.rehearsal.network;
      const rung = carrierCalls(carrier!.cdrFile).filter(({ number }) => number === person.number);
      expect(attempts.map(({ state }) => state)).toEqual(rung.map(() => "ended"));
      expect(attempts.filter(({ counts }) => counts)).toHaveLength(person.expect.attempts);
      expect(calls).toHaveLength(rung.filter(({ answered }) => answered).length);
      expect(calls.every(({ ended_at }) => ended_at !== null)).toBe(true);
      expect(attempts.at(-1)?.disposition).toBe(person.expect.disposition);
    });

    if (person.expect.story.length === 0) return;
    test("is kept as it was spoken, sound for sound", async () => {
      const row = resultOf(person);
      const kept = keptStory(person)!;
      expect(kept).toMatchObject({ id: row.story_id, audio: "stored" });
      expect(kept.uri).toBe(row.recording_uri);
      const stored = await storedAudio(survey.rehearsal.pool, row.recording_uri!);
      const begins = expectSpoken(stored, person.expect.story.map(withinLimit));
      expect(begins, "in their order").toEqual(begins.toSorted((a, b) => a - b));
      expect(row.story_seconds).toBeCloseTo(stored.length / 8000, 1);
      expect(sha256Of(row.recording_uri!)).toBe(kept.sha256);
    });
  },
);

const sha256Of = (uri: string): string =>
  createHash("sha256")
    .update(readFileSync(fileURLToPath(uri)))
    .digest("hex");

describe("stories that do not count", () => {
  test("a story told again: the first telling is kept too, and is not the result", async () => {
    const [first, second] = tracesOfPerson(personOf(cast, "025")).stories;
    expect(first).toMatchObject({ take: 1, state: "superseded", audio: "stored" });
    expect(second).toMatchObject({ take: 2, state: "kept", audio: "stored" });
    expectSpoken(await storedAudio(survey.rehearsal.pool, first!.uri!), ["story-07"]);
  });

  test("a deleted story is gone from Asterisk and from the store", () => {
    const [story] = tracesOfPerson(personOf(cast, "027")).stories;
    expect(story).toMatchObject({ state: "deleted", audio: "discarded", discarded_because: "deleted" });
    expect(story!.parts, "it had been recorded").toHaveLength(1);
    const everywhere = [...storyFiles(), ...filesIn(survey.rehearsal.network.ivr.recordingDir)];
    expect(everywhere.filter((file) => [story!.id, ...story!.parts].some((it) => file.includes(it)))).toEqual(
      [],
    );
  });

  test("silence is no story", () => {
    const { stories } = tracesOfPerson(personOf(cast, "021"));
    expect(stories).toMatchObject([{ audio: "discarded", discarded_because: "no-speech", uri: null }]);
  });

  test("the store holds what the table says, and nothing is left in Asterisk's spool", async () => {
    const stored = await query<{ id: string }>(survey, "select id from story where audio = 'stored'");
    const expected = stored.map(({ id }) => `${id}.wav.sealed`).toSorted();
    expect(storyFiles().toSorted()).toEqual(expected);
    expect(filesIn(survey.rehearsal.network.ivr.recordingDir)).toEqual([]);
  });
});

const storyFiles = (): string[] =>
  readdirSync(join(survey.dir, "stories"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe("wishes", () => {
  test.each([
    ["010", [{ scope: "number", source: "key", revoked: false }]],
    ["012", [{ scope: "pair", source: "wrong_person", revoked: false }]],
    [
      "011",
      [
        { scope: "number", source: "key", revoked: true },
        { scope: "person", source: "key", revoked: true },
      ],
    ],
  ])("%s is not to be called again, as far as they asked", (tail, expected) => {
    expect(tracesOfPerson(personOf(cast, tail)).optOuts).toEqual(expected);
  });

  test("nobody else is opted out", async () => {
    const rows = await query<{ ref: string }>(
      survey,
      `select visit_ref as ref from opt_out o join call c on c.id = o.call_id join visit v on v.id = c.visit_id
       where revoked_at is null order by 1`,
    );
    expect(rows.map(({ ref }) => ref)).toEqual(["V-010", "V-012"]);
  });

  test("a callback is made at its time, for that reason, and the promise is kept", () => {
    const { attempts, callbacks } = tracesOfPerson(personOf(cast, "009"));
    expect(callbacks).toMatchObject([{ state: "kept", tries: 1 }]);
    expect(attempts.map(({ reason }) => reason)).toEqual(["first", "callback"]);
    const lateMs = attempts[1]!.dialed_at.getTime() - callbacks[0]!.due.getTime();
    expect(lateMs, "ms after the promised time").toBeGreaterThanOrEqual(0);
    expect(lateMs, "ms after the promised time").toBeLessThan(20_000);
  });

  test("a busy number is tried again after its ten seconds, not before", () => {
    for (const tail of ["029", "036"]) {
      const [first, second] = tracesOfPerson(personOf(cast, tail)).attempts;
      const laterMs = second!.dialed_at.getTime() - first!.ended_at.getTime();
      expect(laterMs).toBeGreaterThanOrEqual(10_000);
      expect(laterMs).toBeLessThan(40_000);
    }
  });
});

describe("answering machines", () => {
  test.each([
    ["034", "talk"],
    ["035", "beep"],
    ["050", "beep"],
    ["051", "talk"],
  ])("%s is known by its %s", (tail, by) => {
    const { calls } = tracesOfPerson(personOf(cast, tail));
    expect(calls).toMatchObject([{ machine_by: by, machine_false_alarm: false, ended_by: "us" }]);
  });

  test("messages left on them are two seconds at most", () => {
    for (const file of monitorFiles(survey, "message")) {
      expect((readSamples(file).length / RATE) * 1000, file).toBeLessThanOrEqual(twoSecondsMs);
    }
  });

  test.each([
    ["050", "voicemail-short"],
    ["051", "voicemail-long"],
  ])("%s heard nothing but the neutral greeting, and that no two seconds past the beep", (tail, greeting) => {
    const { heard, said } = monitored(survey, personOf(cast, tail).number);
    const ours = stretches(heard);
    const [first, last] = [ours[0]!, ours.at(-1)!];
    const neutral = ["automated-call-from", "trust-northfield", "are-you-the-person", "greeting-keys"];
    const whole = joined(prompt("hello"), silence(800), ...neutral.map(prompt));
    const { weak, pieces, beginMs } = hearing(cut(heard, first.beginMs, last.endMs), whole, 0, 200);
    // A busy machine sends a frame late here and there.
    expect(weak.length, `of ${pieces} pieces, other than the greeting: ${weak}`).toBeLessThanOrEqual(
      pieces / 4,
    );
    expect(beginMs, "from its first word on").toBeLessThan(100);
    expect(last.endMs - first.beginMs, "ms of our voice").toBeGreaterThan(1_000);
    const beepEndMs = stretches(said)[0]!.beginMs + lengthMs(spoken(greeting)) + lengthMs(spoken("beep"));
    console.log(`${greeting}: our voice ends ${Math.round(last.endMs - beepEndMs)} ms after the beep's end`);
    expect(last.endMs - beepEndMs).toBeLessThan(twoSecondsMs);
  });
});

describe("words", () => {
  test("the twelve stories are understood: 15 % wrong words at most", async () => {
    const texts = await storyTexts();
    const heard = new Map<string, { reference: string; heard: string }>();
    for (const person of cast) {
      const [story, ...more] = person.expect.story;
      const { transcript } = resultOf(person);
      if (!story || more.length > 0 || !isOneOfTheTwelve(story) || heard.has(story)) continue;
      heard.set(story, { reference: texts.get(story)!, heard: transcript ?? "" });
    }
    expect([...heard.keys()].toSorted()).toEqual([...texts.keys()].filter(isOneOfTheTwelve).toSorted());
    const rate = combinedWordErrorRate([...heard.values()]);
    console.log(`word error rate over ${heard.size} stories: ${(rate * 100).toFixed(1)} %`);
    expect(rate).toBeLessThanOrEqual(0.15);
  });

  test("say that they are rough, and by whom", () => {
    for (const row of results.values()) {
      if (row.transcript_state !== "done") continue;
      expect(row.transcript_engine).toMatch(/^pocketsphinx.*\(rough\)$/);
    }
  });

  test.each(["hearback.log", "ivr/log/messages", "ivr/log/console.log", "ivr/log/cel-custom/Master.csv"])(
    "%s has no number, no name and no word of a story",
    (file) => {
      const log = readFileSync(join(survey.dir, file), "utf8");
      for (const { number } of cast) {
        expect(log).not.toContain(number.slice(-9));
        expect(log).not.toContain(nameOf(number));
      }
      const words = ` ${normalisedWords(log).join(" ")} `;
      for (const { transcript } of results.values()) {
        for (const three of threes(transcript ?? "")) expect(words).not.toContain(` ${three} `);
      }
    },
  );

  test("hearback.log is no empty witness", () => {
    expect(readFileSync(join(survey.dir, "hearback.log"), "utf8").split("\n").length).toBeGreaterThan(20);
  });
});

/** Each three words that follow one another. */
function threes(text: string): string[] {
  const words = normalisedWords(text);
  return words.slice(2).map((_, index) => words.slice(index, index + 3).join(" "));
}
