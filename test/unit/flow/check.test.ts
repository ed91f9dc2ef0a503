import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkFlow } from "#flow/check.ts";
import { readPrompts } from "#storage/flow-files.ts";

const text = readFileSync("dialplans/flows/fft.yaml", "utf8");
const ids = readPrompts("prompts", "en-GB").ids;
const lineOf = (needle: string) => text.slice(0, text.indexOf(needle)).split("\n").length;

describe("a flow file", () => {
  it("as shipped has no fault", () => {
    expect(checkFlow(text, ids).faults).toEqual([]);
  });

  it.each([
    ["names a prompt that does not exist", "say: [welcome]", "say: [wellcome]", /no prompt "wellcome"/],
    ["names a step that does not exist", "otherwise: greeting", "otherwise: greting", /no step "greting"/],
    [
      "gives a key two meanings",
      '- { key: "2", next: question }',
      '- { key: "1", next: question }',
      /key 1 is a choice twice/,
    ],
    [
      "makes the opt-out key a choice",
      '- { key: "2", next: question }',
      '- { key: "9", next: question }',
      /opts out everywhere/,
    ],
    ["has a word that no step knows", "tone: tone", "tune: tone", /tune|tone/],
    [
      "has a choice that leads nowhere",
      '- { key: "1", next: story }',
      '- { key: "1", next: storey }',
      /no step "storey"/,
    ],
  ])("that %s is refused with its line", (_, from, to, fault) => {
    const { faults, flow } = checkFlow(text.replace(from, to), ids);
    expect(flow).toBeNull();
    expect(faults.map((each) => each.fault).join("\n")).toMatch(fault);
    expect(Math.abs((faults[0]?.line ?? 0) - lineOf(from))).toBeLessThanOrEqual(
      from.startsWith("tone") ? 12 : 0,
    );
  });

  const ringBack = readFileSync("dialplans/flows/ring-back.yaml", "utf8");
  it.each([
    ["says what nobody keys", "{ keyed: number }", "{ keyed: nummer }", /no step keys "nummer"/],
    ["opts out what nobody keys", "of: number", "of: nummer", /no step keys "nummer"/],
    ["asks for an impossible length", "min: 10, max: 15", "min: 12, max: 11", /longer than the longest/],
    ["looks a visit up and leads nowhere", "none: no-question", "none: no-answer", /no step "no-answer"/],
    ["goes on nowhere", "none: no-question", "none: no-question\n    some: x", /some/],
  ])("that %s is refused", (_, from, to, fault) => {
    expect(checkFlow(ringBack, ids).faults).toEqual([]);
    const { faults, flow } = checkFlow(ringBack.replace(from, to), ids);
    expect(flow).toBeNull();
    expect(faults.map((each) => each.fault).join("\n")).toMatch(fault);
  });

  it("that goes on at a step that is not there is refused", () => {
    const wrong = text.replace("{ without: story, at: story }", "{ without: story, at: storey }");
    expect(checkFlow(wrong, ids).faults).toEqual([
      { line: lineOf("{ without: story, at: story }"), fault: 'there is no step "storey"' },
    ]);
  });

  it("that is no YAML at all is refused with its line", () => {
    expect(checkFlow("flow: fft\nsteps: [\n", ids).faults[0]?.line).toBeGreaterThan(1);
  });
});
