import { expect, it } from "vitest";
import { checkFlows } from "#flow/check/check-flows.ts";
import { voiceOf } from "#storage/release-voice.ts";
import { tiny } from "../../support/tiny-flow.ts";

it("a release that was published before there were bounds of times goes on being spoken with, and is not published again", () => {
  const text = new TextDecoder().decode(tiny.get("flows/tiny.yaml"));
  const before = text
    .replace(/answerWithinMs: \d+/, "answerWithinMs: 0")
    .replace(/(say: \[)/, "$1{ pauseMs: 600000 }, ");
  const files = new Map(tiny).set("flows/tiny.yaml", new TextEncoder().encode(before));
  const watch = { fellBack: () => {}, missing: () => {} };
  const { flows } = voiceOf(files, { release: 7, language: "en-GB", rehearsal: true, watch });
  expect(flows.get("tiny")?.timing.answerWithinMs).toBe(0);
  const faults = checkFlows(files).filter(({ rule }) => rule === "impossible-time");
  expect(faults.map(({ level, what }) => `${level}: ${what}`)).toEqual([
    "fault: 0 cannot stand in answerWithinMs",
    "fault: 600000 cannot stand in pauseMs",
  ]);
});
