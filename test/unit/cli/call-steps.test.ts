import { describe, expect, it } from "vitest";
import { isSettled, resultLines, stepsBetween, type TestCall } from "#cli/call-steps.ts";

const at = (different: Partial<TestCall> = {}): TestCall => ({
  attempt: null,
  refusedBecause: null,
  ringing: false,
  step: null,
  cause: null,
  status: "due",
  disposition: "pending",
  ratingLabel: null,
  storySeconds: null,
  transcriptState: "none",
  transcript: null,
  transcriptEngine: null,
  callbackDue: null,
  ...different,
});

const live = at({ attempt: "live", status: "calling" });
const ended = at({ attempt: "ended", status: "done", disposition: "completed", cause: 16 });

describe("a test call, step by step", () => {
  it.each([
    [null, at(), []],
    [at(), at({ attempt: "dialing" }), ["dialling"]],
    [at({ attempt: "dialing" }), at({ attempt: "dialing", ringing: true }), ["ringing"]],
    [
      at({ attempt: "dialing", ringing: true }),
      { ...live, step: "greeting" },
      ["answered", "at step greeting"],
    ],
    [{ ...live, step: "greeting" }, { ...live, step: "greeting" }, []],
    [live, { ...live, transcriptState: "waiting" }, []],
    [
      { ...live, step: "question" },
      { ...live, step: "story", ratingLabel: "Good" },
      ["at step story", "rated: Good"],
    ],
    [live, ended, ["ended: completed (cause code 16)"]],
    [
      ended,
      { ...ended, storySeconds: 12.5, transcriptState: "waiting" },
      ["story: 12.5 s", "waiting for the story and its words"],
    ],
    [
      at(),
      at({ attempt: "refused", refusedBecause: "outside calling hours" }),
      ["not rung: outside calling hours"],
    ],
    [at(), at({ status: "done", disposition: "suppressed" }), ["not rung: suppressed"]],
  ] as const)("tells what is new (%#)", (before, after, lines) => {
    expect(stepsBetween(before, after)).toEqual(lines);
  });

  it("is settled once it ended and its story has its words", () => {
    expect(isSettled(live)).toBe(false);
    expect(isSettled({ ...ended, transcriptState: "waiting" })).toBe(false);
    expect(isSettled({ ...ended, transcriptState: "done" })).toBe(true);
    expect(isSettled(at({ attempt: "refused" }))).toBe(true);
    expect(isSettled(at({ status: "done", disposition: "suppressed" }))).toBe(true);
  });

  it("ends with what came of it", () => {
    const told = resultLines({
      ...ended,
      ratingLabel: "Good",
      storySeconds: 4,
      transcriptState: "done",
      transcript: "kind nurses",
      transcriptEngine: "pocketsphinx en-us (rough)",
    });
    expect(told).toEqual([
      "Disposition: completed",
      "Rating:      Good",
      "Story:       4 s",
      "Words:       kind nurses (by pocketsphinx en-us (rough))",
    ]);
  });
});
