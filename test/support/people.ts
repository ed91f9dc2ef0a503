/** Pretend people for the tests alone: what they hear and say is kept, so that it can be timed. +44 7700 900050 to 099. */
import {
  type Act,
  answer,
  hangUp,
  hear,
  hearOut,
  keepMessage,
  monitor,
  note,
  press,
  ring,
  say,
  wait,
} from "#rehearsal/people/act.ts";
import type { Expected, Person } from "#rehearsal/people/person.ts";

const nothing: Expected = {
  disposition: "completed",
  rating: null,
  transcriptState: "none",
  shareConsent: null,
  attempts: 1,
  story: [],
};

export const testPerson = (
  tail: string,
  title: string,
  expect: Partial<Expected>,
  ...calls: Act[][]
): Person => ({
  number: `+447700900${tail}`,
  title,
  calls,
  expect: { ...nothing, ...expect },
});

const machine = (greeting: string): Act[] => [
  ...[ring(1), answer, monitor, wait(0.4)],
  ...[say(greeting), say("beep"), keepMessage],
];

export const machines: readonly Person[] = [
  testPerson(
    "050",
    "a machine with a short greeting",
    { disposition: "machine" },
    machine("voicemail-short"),
  ),
  testPerson("051", "a machine with a long greeting", { disposition: "machine" }, machine("voicemail-long")),
];

/** A word is said right before a key, so that the key can be found on the time axis: keys themselves have no sound. */
const marked = (keys: string, gapMs?: number): Act[] => [say("hello"), press(keys, gapMs)];

/** These two hear everything out, up to the story the one, from there on the other: together the whole flow. */
export const firstListener = testPerson(
  "060",
  "hears the questions out",
  { disposition: "partial", rating: 3 },
  [...[ring(1), answer, monitor, hearOut, press("1"), hearOut, press("3"), hearOut, hangUp]],
);

export const secondListener = testPerson(
  "063",
  "hears the rest out",
  { rating: 3, shareConsent: true, story: ["story-01"] },
  [
    ...[ring(1), answer, monitor, hear(0.5), press("1"), hear(0.5), press("3"), hear(0.5), press("1")],
    ...[hearOut, say("story-01"), press("#"), hearOut, press("1"), hearOut, press("1")],
  ],
);

export const interrupter = testPerson("061", "barges in, by the clock", { rating: 4 }, [
  ...[ring(1), note("answers"), answer, monitor, hear(0), note("hears"), say("hello")],
  ...[hear(5), ...marked("1"), hear(3), ...marked("4"), hear(2), ...marked("1"), hear(3), press("#")],
]);

export const doublePresser = testPerson("062", "presses one key twice, by the clock", { rating: 2 }, [
  ...[ring(1), answer, monitor, hear(5), ...marked("11", 60)],
  ...[hearOut, press("2"), hear(2), press("1"), hear(2), press("#")],
]);

// ---- people who are in no hurry: at one step each waits so long that their call can change hands there -------------

const itIsMe: Act[] = [answer, say("hello"), hear(5), press("1")];
const toTheTone: Act[] = [hear(3), press("5"), hear(0), wait(1)];
const keepAndConsent: Act[] = [hear(2), press("1"), hear(3), press("1")];
const tellAll = (story: string): Act[] => [...toTheTone, say(story), wait(0.5), press("#")];

export const patientPeople = {
  atReview: testPerson(
    "070",
    "thinks about keeping it",
    { rating: 2, shareConsent: true, story: ["story-01"] },
    [
      ...[ring(1), ...itIsMe, hear(4), press("2"), hear(1.5), press("1"), ...tellAll("story-01")],
      ...[hear(2), wait(14), press("1"), hear(3), press("1")],
    ],
  ),
  inStory: testPerson("071", "tells a long story", { rating: 3, shareConsent: true, story: ["story-long"] }, [
    ...[ring(6), ...itIsMe, hear(4), press("3"), hear(1.5), press("1")],
    ...[...tellAll("story-long"), ...keepAndConsent],
  ]),
  atReadBack: testPerson("072", "listens twice", { rating: 4, shareConsent: true, story: ["story-02"] }, [
    ...[ring(14), ...itIsMe, hear(4), press("4"), hear(1.5), wait(11), press("1")],
    ...[...tellAll("story-02"), ...keepAndConsent],
  ]),
  atQuestion: testPerson(
    "073",
    "thinks about the question",
    { rating: 5, shareConsent: true, story: ["story-03"] },
    [
      ...[ring(17), ...itIsMe, hear(4), wait(18), press("5"), hear(1.5), press("1")],
      ...[...tellAll("story-03"), ...keepAndConsent],
    ],
  ),
  ringing: testPerson(
    "074",
    "is slow to the telephone",
    { rating: 2, shareConsent: true, story: ["story-04"] },
    [
      ...[ring(50), ...itIsMe, hear(4), press("2"), hear(1.5), press("1")],
      ...[...tellAll("story-04"), ...keepAndConsent],
    ],
  ),
  longAtQuestion: testPerson(
    "075",
    "thinks for long",
    { rating: 5, shareConsent: true, story: ["story-05"] },
    [
      ...[ring(1), ...itIsMe, hear(4), wait(44), press("5"), hear(1.5), press("1")],
      ...[...tellAll("story-05"), ...keepAndConsent],
    ],
  ),
} satisfies Record<string, Person>;
