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

  it("that is no YAML at all is refused with its line", () => {
    expect(checkFlow("flow: fft\nsteps: [\n", ids).faults[0]?.line).toBeGreaterThan(1);
  });
});
