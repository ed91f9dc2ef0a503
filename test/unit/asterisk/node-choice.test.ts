import { describe, expect, it } from "vitest";
import { chooseNode, type NodeLoad, roomOf } from "#asterisk/node-choice.ts";

const node = (name: string, different: Partial<NodeLoad> = {}): NodeLoad => ({
  ...{ name, weight: 1, maxCalls: null, calls: 0 },
  ...different,
});

/** So many calls, one after the other, none of which ends. @returns how many each has then */
function fill(nodes: NodeLoad[], calls: number): Record<string, number> {
  let last: string | null = null;
  for (let count = 0; count < calls; count++) {
    last = chooseNode(nodes, last);
    const chosen = nodes.find(({ name }) => name === last);
    if (chosen) chosen.calls += 1;
  }
  return Object.fromEntries(nodes.map((each) => [each.name, each.calls]));
}

describe("the node for a call", () => {
  it.each<[string, NodeLoad[], number, Record<string, number>]>([
    ["alike", [node("a"), node("b")], 10, { a: 5, b: 5 }],
    ["by weight", [node("a", { weight: 2 }), node("b")], 9, { a: 6, b: 3 }],
    ["by size", [node("a", { maxCalls: 60 }), node("b", { maxCalls: 30 })], 30, { a: 20, b: 10 }],
    ["by both", [node("a", { maxCalls: 60 }), node("b", { maxCalls: 30, weight: 2 })], 30, { a: 15, b: 15 }],
    ["the unlimited as the largest", [node("a"), node("b", { maxCalls: 10 })], 10, { a: 5, b: 5 }],
    [
      "to the brim and no further",
      [node("a", { maxCalls: 2 }), node("b", { maxCalls: 3 })],
      9,
      { a: 2, b: 3 },
    ],
    ["where others are already", [node("a", { calls: 4 }), node("b")], 4, { a: 4, b: 4 }],
  ])("is spread: %s", (_how, nodes, calls, expected) => {
    expect(fill(nodes, calls)).toEqual(expected);
  });

  it("goes round where all are empty", () => {
    const nodes = ["a", "b", "c"].map((name) => node(name));
    expect(chooseNode(nodes, null)).toBe("a");
    expect(chooseNode(nodes, "a")).toBe("b");
    expect(chooseNode(nodes, "c")).toBe("a");
    expect(chooseNode(nodes, "gone")).toBe("a");
  });

  it("is none where none has room, or there is none", () => {
    expect(
      chooseNode([node("a", { maxCalls: 3, calls: 3 }), node("b", { maxCalls: 3, calls: 4 })], "a"),
    ).toBeNull();
    expect(chooseNode([], null)).toBeNull();
    expect(roomOf(node("a", { maxCalls: 3, calls: 4 }))).toBe(0);
  });
});
