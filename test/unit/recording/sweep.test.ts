import { describe, expect, it } from "vitest";
import { type Sweep, sweepOnce } from "#recording/sweep.ts";
import { World } from "./fakes.ts";

function setUp(found: { callIds?: string[]; unknownNames?: string[]; settledNames?: string[] } = {}) {
  const world = new World();
  for (const name of ["hb-a", "hb-b", "hb-c"]) world.spool.set(name, Buffer.from("audio"));
  const keptCalls: string[] = [];
  const errors: object[] = [];
  const deps: Sweep = {
    spool: world.sweptSpool,
    rows: {
      callsWithUnkeptParts: async () => ({ callIds: [], unknownNames: [], settledNames: [], ...found }),
    },
    keepStories: async (callId) => {
      if (callId === "broken") throw new Error("no disk");
      keptCalls.push(callId);
    },
    logger: { ...world.deps.logger, error: (fields) => void errors.push(fields) },
  };
  return { world, deps, keptCalls, errors };
}

describe("sweeping Asterisk's spool", () => {
  it("keeps the stories of calls that are over, though one of them makes trouble", async () => {
    const { deps, keptCalls, errors } = setUp({ callIds: ["one", "broken", "two"] });
    await sweepOnce(deps);
    expect(keptCalls).toEqual(["one", "two"]);
    expect(errors).toEqual([{ callId: "broken", error: "no disk" }]);
  });

  it("reports what nobody knows, by name, and never removes it", async () => {
    const { deps, world } = setUp({ unknownNames: ["hb-b"] });
    await sweepOnce(deps);
    expect(world.warnings).toEqual([{ recordings: ["hb-b"] }]);
    expect(world.spool.has("hb-b")).toBe(true);
  });

  it("removes what is settled, and nothing else", async () => {
    const { deps, world } = setUp({ settledNames: ["hb-c"], unknownNames: ["hb-b"], callIds: ["one"] });
    await sweepOnce(deps);
    expect([...world.spool.keys()]).toEqual(["hb-a", "hb-b"]);
  });
});
