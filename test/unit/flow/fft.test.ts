import { afterAll, describe, expect, it } from "vitest";
import { readFlow, readScripts, walk } from "../../support/flow-script.ts";

const flow = readFlow("fft");
const stepsSeen = new Set<string>();

describe("the FFT call", () => {
  it.each(readScripts("dialplans/flows/fft.test.yaml").map((script) => [script.name, script] as const))(
    "%s",
    async (_, script) => {
      const { talked, line, log, disposition, stepsSeen: seen } = await walk(flow, script);
      for (const step of seen) stepsSeen.add(step);
      const { expect: wanted } = script;
      expect(disposition).toBe(wanted.disposition);
      if (wanted.answers) expect(talked.state.answers).toEqual(wanted.answers);
      if (wanted.effects)
        expect(log.steps.flatMap((step) => step.effects.map(({ kind }) => kind))).toEqual(wanted.effects);
      if (wanted.parts !== undefined) {
        const { keptTake, parts } = talked.state.story;
        expect(keptTake === null ? 0 : parts[keptTake]?.length).toBe(wanted.parts);
      }
      expectInOrder(line.heard, wanted.heard ?? []);
      for (const prompt of wanted.notHeard ?? []) expect(line.heard).not.toContain(prompt);
    },
  );

  afterAll(() => {
    const neverEntered = Object.entries(flow.steps)
      .filter(([name, step]) => step.kind !== "branch" && !stepsSeen.has(name))
      .map(([name]) => name);
    expect(neverEntered, "steps that no script enters").toEqual([]);
  });
});

function expectInOrder(heard: string[], wanted: string[]): void {
  let from = 0;
  for (const prompt of wanted) {
    const at = heard.indexOf(prompt, from);
    expect(at, `"${prompt}" is missing in: ${heard.slice(from).join(" ")}`).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
}
