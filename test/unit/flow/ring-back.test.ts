import { afterAll, describe, expect, it } from "vitest";
import { expectScript, neverEntered, readFlow, readScripts } from "../../support/flow-script.ts";

const flow = readFlow("ring-back");
const stepsSeen = new Set<string>();

describe("a call that somebody makes to us", () => {
  it.each(readScripts("dialplans/flows/ring-back.test.yaml").map((script) => [script.name, script] as const))(
    "%s",
    async (_, script) => {
      for (const step of await expectScript(flow, script)) stepsSeen.add(step);
    },
  );

  afterAll(() => {
    expect(neverEntered(flow, stepsSeen), "steps that no script enters").toEqual([]);
  });
});
