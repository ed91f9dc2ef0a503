/** Every branch of a small flow is walked on real Asterisk; a sound that is not what it should be is found. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { soundName } from "#prompts/prompt-book.ts";
import { linesOfWalks } from "#rehearsal/walks/report.ts";
import { type WalkOptions, walkOnRehearsal } from "#rehearsal/walks/walk-on-rehearsal.ts";
import { digestOf, hashOf, type ReleaseFiles } from "#release/files.ts";
import { shippedFiles } from "../support/shipped-flows.ts";

const flow = `
flow: tiny
title: Tiny
start: question
timing: { answerWithinMs: 600, tries: 2, handsetPauseMs: 200, sameKeyWithinMs: 300, voicemailTalkMs: 6000 }
everywhere: { repeat: "*", optOut: { key: "9", next: opt-out } }
unanswered: farewell
steps:
  question:
    kind: menu
    say: [hello, { pauseMs: 300 }, good]
    choices:
      - { key: "1", next: yes }
      - { key: "2", next: farewell }
  yes: { kind: play, say: [very-good], next: farewell }
  farewell: { kind: play, say: [goodbye], next: end }
  opt-out: { kind: play, say: [opted-out], next: end }
`;
const tests = `
calls:
  - name: yes
    call: [{ hear: good }, { press: "1" }]
    expect: { disposition: no_response, heard: [hello, good, very-good, goodbye] }
  - name: no
    call: [{ hear: good }, { press: "2" }]
    expect: { disposition: no_response, heard: [good, goodbye], notHeard: [very-good] }
  - name: a wrong key, and then nothing
    call: [{ hear: good }, { press: "7" }]
    expect: { disposition: no_response, heard: [good, hello, good, goodbye] }
  - name: never again
    call: [{ hear: good }, { press: "9" }]
    expect: { disposition: no_response, heard: [good, opted-out] }
  - name: hangs up
    call: [{ hear: good }, { hangUp: true }]
    expect: { disposition: hung_up }
`;
const text = (words: string) => new TextEncoder().encode(words);
const tiny: ReleaseFiles = new Map([
  ...[...shippedFiles].filter(([path]) => path.startsWith("prompts/")),
  ...[["flows/tiny.yaml", text(flow)] as const, ["flows/tiny.test.yaml", text(tests)] as const],
]);
const soundFile = (folder: string, prompt: string) =>
  join(folder, `${soundName(hashOf(tiny.get(`prompts/en-GB/${prompt}.wav`)!))}.alaw`);

async function walk(options: WalkOptions = {}) {
  const progress: string[] = [];
  const report = await walkOnRehearsal(tiny, {
    ...options,
    onProgress: ({ done, walks, line }) => progress.push(`${done} of ${walks}: ${line ?? ""}`),
  });
  return { report, progress };
}

it("walks each branch, hears every prompt, and waits while live calls have the machine", async () => {
  let asked = 0;
  const { report, progress } = await walk({ mayGoOn: () => ++asked > 2 });
  expect(linesOfWalks(report).filter((line) => line.startsWith(" "))).toEqual([]);
  expect(report).toMatchObject({ passed: true, digest: digestOf(tiny), uncovered: [], obstacles: [] });
  const ways = new Set(report.walks.flatMap((each) => each.ways));
  expect([...ways]).toEqual(
    expect.arrayContaining(["question, key 1", "question, key 2", "question, unanswered", "yes, next"]),
  );
  expect(report.walks.find(({ name }) => name === "yes")).toMatchObject({
    ...{ keys: "1", steps: ["question", "yes", "farewell"] },
    heard: expect.arrayContaining(["hello (en-GB)", "very-good (en-GB)", "goodbye (en-GB)"]),
  });
  expect(progress).toContain("0 of 5: waiting: live calls have the machine");
  expect(progress.at(-1)).toMatch(/^5 of 5: passed/);
});

it("finds the one prompt that sounds like another", async () => {
  const { report } = await walk({
    tamper: (folder) => copyFileSync(soundFile(folder, "opted-out"), soundFile(folder, "very-good")),
  });
  expect(report.passed).toBe(false);
  const failed = report.walks.filter(({ passed }) => !passed);
  expect(failed.map(({ name }) => name)).toEqual(["yes"]);
  expect(failed[0]?.faults).toContain(
    '"very-good (en-GB)" was not heard; heard instead: "opted-out (en-GB)"',
  );
});

it("rings nobody while the flow's own tests fail", async () => {
  const files = new Map(tiny).set(
    "flows/tiny.test.yaml",
    text(tests.replace("very-good, goodbye]", "poor, goodbye]")),
  );
  const report = await walkOnRehearsal(files);
  expect(report).toMatchObject({ passed: false, walks: [] });
  expect(report.obstacles).toEqual([expect.stringContaining("hearback flow test tiny")]);
});
