import { describe, expect, it } from "vitest";
import { testFlows } from "#walk/test-flows.ts";
import { shippedFiles } from "../../support/shipped-flows.ts";

const results = await testFlows(shippedFiles);

describe.each(results.map((result) => [result.flow, result] as const))("the flow %s", (_, result) => {
  it("has a sound test file", () => {
    expect(result.faults).toEqual([]);
  });

  it.each(result.scripts.map((script) => [script.name, script] as const))("%s", (_name, script) => {
    expect(script.failures).toEqual([]);
  });

  it("has every branch covered", () => {
    expect(result.uncovered).toEqual([]);
  });
});

it("is at least what we ship", () => {
  expect(results.map(({ flow }) => flow)).toEqual(expect.arrayContaining(["fft", "ring-back"]));
});
