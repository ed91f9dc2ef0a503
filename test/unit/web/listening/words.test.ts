import { describe, expect, it } from "vitest";
import { differences, type HeardWord, phrases, timed } from "#web/room/listening/words.ts";

const heard = (text: string): HeardWord[] =>
  text.split(" ").map((word, i) => ({
    word,
    fromMs: i * 1000,
    toMs: i * 1000 + 500,
    confidence: word === "ward" ? 0.2 : 0.9,
  }));

describe("words and their times", () => {
  it("are the engine's, whatever its capitals and full stops", () => {
    const words = timed(heard("the ward was clean"), "The ward was clean.");
    expect(words.map(({ text, fromMs, doubtful, mended }) => [text, fromMs, doubtful, mended])).toEqual([
      ["The", 0, false, false],
      ["ward", 1000, true, false],
      ["was", 2000, false, false],
      ["clean.", 3000, false, false],
    ]);
  });

  it("are shared out among words that were put in place of others", () => {
    const words = timed(heard("the war it was clean"), "the ward today really was clean");
    expect(words.map(({ text, fromMs, toMs, mended }) => [text, fromMs, toMs, mended])).toEqual([
      ["the", 0, 500, false],
      ["ward", 500, 1333, true],
      ["today", 1333, 2167, true],
      ["really", 2167, 3000, true],
      ["was", 3000, 3500, false],
      ["clean", 4000, 4500, false],
    ]);
  });

  it("never go backwards, and are none where nothing was heard", () => {
    const words = timed(heard("a b a b c"), "b b a x c a y");
    const times = words.map(({ fromMs }) => fromMs!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(timed([], "typed by hand").map(({ fromMs }) => fromMs)).toEqual([null, null, null]);
  });

  it("make phrases where nobody spoke for a while", () => {
    const words = timed(heard("one two"), "one two");
    words.push({ text: "three", fromMs: 9000, toMs: 9500, doubtful: false, mended: false });
    expect(phrases(words).map((phrase) => [phrase.fromMs, phrase.words.length])).toEqual([
      [0, 2],
      [9000, 1],
    ]);
  });
});

describe("differences", () => {
  it.each([
    ["the war was clean", "the ward was clean", "=the -war +ward =was clean"],
    ["", "all of it", "+all of it"],
    ["all of it", "", "-all of it"],
    ["a b c", "a b c", "=a b c"],
    ["a b c d", "b c d e", "-a =b c d +e"],
    ["x a x b x", "a b", "-x =a -x =b -x"],
    ["Good.", "good", "-Good. +good"],
  ])("between %j and %j", (before, after, expected) => {
    const signs = { same: "=", gone: "-", new: "+" };
    const found = differences(before, after).map(({ kind, text }) => signs[kind] + text);
    expect(found.join(" ")).toBe(expected);
  });

  it("are found within a second in the longest text that can be saved", () => {
    const long = Array.from({ length: 4_000 }, (_, i) => `w${i % 97}`);
    const look = () => {
      const began = performance.now();
      const found = differences(long.join(" "), long.toReversed().join(" "));
      return { found, ms: performance.now() - began };
    };
    // The machine may stand still in one of them.
    const looks = [look(), look(), look()];
    expect(Math.min(...looks.map(({ ms }) => ms))).toBeLessThan(1_000);
    const [{ found }] = looks as [ReturnType<typeof look>];
    expect(found.filter(({ kind }) => kind !== "new").flatMap(({ text }) => text.split(" "))).toEqual(long);
  });
});
