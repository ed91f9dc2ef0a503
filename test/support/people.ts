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
