import { describe, expect, it } from "vitest";
import type { Fault } from "#lib/fault.ts";
import { obstaclesBesideFaults, obstaclesTo } from "#release/obstacles.ts";

const fault = (file: string, level: Fault["level"] = "fault"): Fault => ({
  ...{ file, line: 3, column: 1, rule: "unknown-step", level },
  ...{ what: 'there is no step "qestion"', instead: "did you mean question?" },
});
const walk = {
  digest: "d",
  passed: true,
  at: new Date(),
  by: { kind: "job", id: "x", name: null },
  report: [],
} as const;
const many = (count: number, flow: string) => Array.from({ length: count }, (_, i) => `${flow}: call ${i}`);
const tests = {
  failed: [...many(39, "fft"), ...many(1, "ring-back")],
  uncovered: many(12, "fft"),
  passed: 5,
};

describe("why files are not published", () => {
  it("is the fault first, and what follows from it in a line for each flow", () => {
    expect(obstaclesTo({ faults: [fault("flows/fft.yaml")], tests, walk })).toEqual([
      'flows/fft.yaml:3:1: fault: there is no step "qestion"; did you mean question? [unknown-step]',
      "of fft 39 flow tests fail, and 12 branches are not walked, as they may while it has a fault: mend that first",
      "of ring-back 1 flow test fails, perhaps since a call goes on in a flow that has a fault: mend that first",
    ]);
  });

  it("is in short for a fault of the tests themselves too", () => {
    const told = obstaclesBesideFaults({ faults: [fault("flows/fft.test.yaml")], tests, walk });
    expect(told.map((one) => one.slice(0, 6))).toEqual(["of fft", "of rin"]);
  });

  it.each([
    ["no fault", []],
    ["a warning", [fault("flows/fft.yaml", "warning")]],
    ["a fault of another kind of file", [fault("asterisk/hooks.conf")]],
  ])("with %s is each test by its name, ten of them, and how many more", (_, faults) => {
    const told = obstaclesBesideFaults({ faults, tests, walk });
    expect(told.slice(0, 2)).toEqual(["flow test failed: fft: call 0", "flow test failed: fft: call 1"]);
    expect(told).toContain("and 30 more flow tests");
    expect(told).toContain("and 2 more branches");
    expect(told.length).toBe(22);
  });
});
