import { describe, expect, it } from "vitest";
import { type Group, hiddenGroups, shares } from "#result/small-numbers.ts";

const group = (name: string, answers: number, parts: Group[] = []): Group => ({ name, answers, parts });
const hidden = (whole: Group): string[] => [...hiddenGroups(whole)].map(({ name }) => name).sort();

describe("small numbers", () => {
  it.each([
    [0, []],
    [1, ["ward"]],
    [4, ["ward"]],
    [5, []],
  ])("%i answers of the whole", (answers, expected) => {
    expect(hidden(group("ward", answers))).toEqual(expected);
  });

  it("hides the next least too, or the hidden one could be had by taking away", () => {
    expect(hidden(group("trust", 53, [group("a", 3), group("b", 20), group("c", 30)]))).toEqual(["a", "b"]);
  });

  it("shows zero, and counts it as no part", () => {
    expect(hidden(group("trust", 30, [group("a", 0), group("b", 30)]))).toEqual([]);
    expect(hidden(group("trust", 33, [group("a", 0), group("b", 3), group("c", 30)]))).toEqual(["b", "c"]);
  });

  it("hides the two least parts of a hidden whole", () => {
    const site = group("site", 3, [group("w1", 3)]);
    expect(
      hidden(group("trust", 103, [site, group("other", 100, [group("w2", 40), group("w3", 60)])])),
    ).toEqual([...["other", "site", "w1", "w2", "w3"]]);
  });

  it("hides every small one, not just the least", () => {
    expect(hidden(group("trust", 40, [group("a", 2), group("b", 4), group("c", 34)]))).toEqual(["a", "b"]);
  });
});

describe("shares", () => {
  it("keep “don’t know” in the whole", () => {
    expect(shares({ counts: [4, 2, 1, 1, 0, 2] })).toEqual({ positive: 0.6, negative: 0.1 });
    expect(shares({ counts: [0, 0, 0, 0, 0, 0] })).toBeNull();
  });
});
