import { afterAll, describe, expect, it } from "vitest";
import { expectScript, neverEntered, readFlow, readScripts } from "../../support/flow-script.ts";

const flow = readFlow("fft");
const stepsSeen = new Set<string>();

describe("the FFT call", () => {
  it.each(readScripts("dialplans/flows/fft.test.yaml").map((script) => [script.name, script] as const))(
    "%s",
    async (_, script) => {
      for (const step of await expectScript(flow, script)) stepsSeen.add(step);
    },
  );

  afterAll(() => {
    expect(neverEntered(flow, stepsSeen), "steps that no script enters").toEqual([]);
  });
});
