import { describe, expect, test } from "vitest";
import {
  combinedWordErrorRate,
  normalisedWords,
  wordErrorRate,
  wordErrors,
} from "#transcript/word-error-rate.ts";

describe("the word error rate", () => {
  test.each([
    ["the nurses were kind", "the nurses were kind", 0],
    ["the nurses were kind", "the nurses are kind", 0.25],
    ["the nurses were kind", "nurses were kind", 0.25],
    ["the nurses were kind", "the nurses kind", 0.25],
    ["the nurses were kind", "the nurses were very kind", 0.25],
    ["the nurses were kind", "", 1],
    ["the nurses were kind", "food food food food food food", 1.5],
    ["a b c d", "b c d a", 0.5],
  ])("of %j heard as %j is %f", (said, heard, expected) => {
    expect(wordErrorRate(said, heard)).toBe(expected);
  });

  test("does not count case, punctuation or the kind of apostrophe", () => {
    expect(
      wordErrorRate("Don’t wait: the Nurses' tea — half-cold!", "don't wait the nurses tea half cold"),
    ).toBe(0);
  });

  test("leaves numbers as they are written", () => {
    expect(normalisedWords("Ward 7, room 12b")).toEqual(["ward", "7", "room", "12b"]);
    expect(wordErrorRate("ward seven", "ward 7")).toBe(0.5);
  });

  test("keeps words of other languages whole", () => {
    expect(normalisedWords("Roedd y tŷ'n oer; où était-il?")).toEqual([
      "roedd",
      "y",
      "tŷ'n",
      "oer",
      "où",
      "était",
      "il",
    ]);
  });

  test("of silence is nothing, and every word heard in it is an error", () => {
    expect(wordErrorRate("", "")).toBe(0);
    expect(wordErrorRate("", "the dog")).toBe(2);
  });
});

test("over several, long stories weigh more", () => {
  const pairs = [
    { reference: "one", heard: "two" },
    {
      reference: "one two three four five six seven eight nine",
      heard: "one two three four five six seven eight nine",
    },
  ];
  expect(combinedWordErrorRate(pairs)).toBe(0.1);
  expect(wordErrors(pairs[0]!.reference, pairs[0]!.heard)).toEqual({ errors: 1, words: 1 });
});
