/** What a report tells of one call: what was said, what the caller did, in order. */
import { describe, expect, it } from "vitest";
import { courseOf } from "#rehearsal/walks/course.ts";
import { linesOfWalks } from "#rehearsal/walks/report.ts";
import type { Playback } from "#rehearsal/walks/watched-line.ts";
import type { WalkedCall, WalksReport } from "#release/walk-report.ts";

const bytes = (seconds: number) => new Uint8Array(seconds * 8_000);
const sounds = {
  byName: new Map([
    ["h", bytes(1)],
    ["k", bytes(4)],
  ]),
  whose: (name: string) => name,
};
const hello = { prompt: "hello", sound: "h" };
const keys = { prompt: "greeting-keys", sound: "k" };
const at = (atMs: number) => ({ atMs, heardMs: atMs });
const playback = (fromMs: number, untilMs: number, end: Playback["end"]): Playback => ({
  ...{ step: "greeting", audio: [hello, { pauseMs: 500 }, keys], end },
  ...{ started: at(fromMs), ended: at(untilMs) },
});

describe("the course of a call", () => {
  it("has what was begun to be said, what the caller did, and how long they did nothing", () => {
    const deeds = [{ atMs: 13_000, words: "presses 7" }];
    const course = courseOf(
      [
        playback(0, 5_500, "complete"),
        playback(11_500, 13_000, "stopped"),
        playback(13_500, 19_000, "complete"),
      ],
      deeds,
      sounds,
    );
    expect(course).toEqual([
      { step: "greeting", said: ["hello", "greeting-keys"], cutOff: false },
      { did: "does nothing for 6 s" },
      { step: "greeting", said: ["hello"], cutOff: true },
      { did: "presses 7" },
      { step: "greeting", said: ["hello", "greeting-keys"], cutOff: false },
    ]);
  });

  it("leaves out what never began, and tells of a recording that is played back", () => {
    const back: Playback = { ...playback(0, 2_000, "complete"), audio: [{ recording: "x" }] };
    const never: Playback = { ...playback(0, 0, null), started: null };
    expect(courseOf([never, back], [], sounds)).toEqual([
      { step: "greeting", said: ["what they told"], cutOff: false },
    ]);
  });
});

describe("the report of walks", () => {
  const call: WalkedCall = {
    ...{ flow: "fft", name: "declines", passed: true, steps: ["greeting"], keys: "3", ways: [], heard: [] },
    course: [{ step: "greeting", said: ["hello"], cutOff: true }, { did: "presses 3" }],
    ...{ faults: [], durationMs: 15_000, lateMs: 0, earlier: [] },
  };
  const report = (walk: WalkedCall): WalksReport => ({
    ...{ digest: "", passed: walk.passed, begunAt: "", durationMs: 15_000, walks: [walk], goldenCalls: [] },
    prompts: [
      {
        ...{ language: "cy-GB", heard: ["hello"], byThemselves: ["let-me-repeat (fft)"] },
        ...{ valuesByThemselves: ["number-7"], notHeard: [], notRecorded: ["declined"] },
      },
    ],
    ...{ uncovered: [], onPaperOnly: [], obstacles: [] },
  });
  const course = ["      greeting: hello (cut off)", "      the caller presses 3"];

  it("tells each call's course where it failed, and of all where that is wanted", () => {
    const lines = linesOfWalks(report(call));
    expect(lines[0]).toBe("✓ fft: declines  (15 s, keys 3)");
    for (const line of course) expect(lines).not.toContain(line);
    expect(linesOfWalks(report(call), { each: true })).toEqual(expect.arrayContaining(course));
    const fault = { step: "declined", expected: '"declined (en-GB)"', got: "it was not heard" };
    const failed = linesOfWalks(report({ ...call, passed: false, faults: [fault] }));
    expect(failed).toEqual(expect.arrayContaining(course));
  });

  it("tells which language's prompts were heard, and which were not in their place", () => {
    expect(linesOfWalks(report(call))).toEqual(
      expect.arrayContaining([
        "cy-GB: 1 prompts heard by callers to their end",
        expect.stringMatching(/^cy-GB: no caller hears these out .*: let-me-repeat \(fft\)$/),
        "cy-GB: words for values (numbers, days, names of trusts) heard by themselves: 1",
        expect.stringMatching(/^cy-GB: not recorded, .*: declined$/),
      ]),
    );
  });
});
