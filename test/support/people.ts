/** Pretend people for the tests alone: what they hear and say is kept, so that it can be timed. +44 7700 900050 to 099. */

import type { Act } from "#rehearsal/people/act.ts";
import { answer, keepMessage, monitor, ring, say, wait } from "#rehearsal/people/act.ts";
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
