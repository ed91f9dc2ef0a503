/** A small flow with every kind of ending, which is walked in seconds. */
import type { ReleaseFiles } from "#release/files.ts";
import { shippedFiles } from "./shipped-flows.ts";

export const tinyFlow = `
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
export const tinyTests = `
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
export const tiny: ReleaseFiles = new Map([
  ...[...shippedFiles].filter(([path]) => path.startsWith("prompts/")),
  ...[["flows/tiny.yaml", text(tinyFlow)] as const, ["flows/tiny.test.yaml", text(tinyTests)] as const],
]);
