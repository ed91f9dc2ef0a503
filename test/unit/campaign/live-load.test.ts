import { describe, expect, it } from "vitest";
import { leavesRoomForRehearsals, usualCapacity } from "#campaign/live-load.ts";

describe("live calls and rehearsals", () => {
  it.each([
    ["no machine at all", [], true],
    ["less than half", [{ calls: 19, maxCalls: 40 }], true],
    ["half", [{ calls: 20, maxCalls: 40 }], false],
    [
      "one of two machines half full",
      [
        { calls: 0, maxCalls: 40 },
        { calls: 5, maxCalls: 10 },
      ],
      false,
    ],
    ["one call where nobody set a limit", [{ calls: 1, maxCalls: null }], true],
    ["half of the usual where nobody set a limit", [{ calls: usualCapacity / 2, maxCalls: null }], false],
    ["one call on a machine for one", [{ calls: 1, maxCalls: 1 }], false],
  ])("%s", (_, nodes, room) => {
    expect(leavesRoomForRehearsals(nodes)).toBe(room);
  });
});
