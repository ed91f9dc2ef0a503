/** What a menu says of its keys, against the keys that it has; only where that is certain. */
import { describe, expect, it } from "vitest";
import { checkFlows } from "#flow/check/check-flows.ts";
import { keysIn } from "#flow/check/spoken-keys.ts";
import { placeOf, replaced, textOf, withFiles } from "./broken.ts";

const told = (path: string, text: string) =>
  checkFlows(withFiles({ [path]: text })).filter(({ rule }) => rule === "menu-words");

describe("the words of a menu", () => {
  it("must not tell of a key that does nothing there, and should tell of each that does something", () => {
    const from = '{ key: "2", next: hear-story }';
    const text = replaced(textOf("flows/fft.yaml"), from, '{ key: "7", next: hear-story }');
    const faults = told("flows/fft.yaml", text);
    expect(faults).toContainEqual({
      ...{ file: "flows/fft.yaml", ...placeOf(text, "review-keys"), rule: "menu-words", level: "fault" },
      what: 'the words of "review-keys" tell callers to press 2, which does nothing here',
      instead: "say 1, 7, 3, 4, 5, *, 9 in prompts/manifest.yaml, or let the key be 2",
    });
    const warned = faults.filter(({ level }) => level === "warning").map(({ what }) => what);
    expect(warned).toContain('the words of "review" in en-GB name other keys, and never key 7');
  });

  it("are looked at in every language that the flow is held in", () => {
    const manifest = textOf("prompts/manifest.yaml");
    const wrong = replaced(
      manifest,
      "I'w glywed, pwyswch 2. I'w ddweud eto, pwyswch 3.",
      "I'w glywed, pwyswch 8.",
    );
    expect(told("prompts/manifest.yaml", wrong).map(({ what }) => what)).toContain(
      'the words of "review-keys" tell callers to press 8, which does nothing here',
    );
  });

  it("of one choice tell of its own key", () => {
    const manifest = textOf("prompts/manifest.yaml");
    const wrong = replaced(
      manifest,
      "For yes, press 1. For no, press 2.",
      "For yes, press 1. For no, press 3.",
    );
    expect(told("prompts/manifest.yaml", wrong).length).toBeGreaterThan(0);
    const swapped = replaced(manifest, '"For good, press 2."', '"For good, press 3."');
    expect(told("prompts/manifest.yaml", swapped)).toMatchObject([
      { level: "warning", what: expect.stringContaining("never key 2") },
      { level: "fault", what: expect.stringContaining("press 3, which is another choice's key") },
    ]);
  });

  it("that are as shipped are right, every one", () => {
    expect(checkFlows(withFiles({})).filter(({ rule }) => rule === "menu-words")).toEqual([]);
  });
});

describe("the keys in a text", () => {
  const named = (text: string, language = "en-GB") => [...keysIn(text, language).named].join("");
  it.each([
    ["For yes, press 1. For no, press two.", "12"],
    ["Press star or 9 to stop.", "*9"],
    ["Press zero three, one two.", ""],
    ["Do not press 5 yet.", ""],
    ["Press one of the keys.", ""],
    ["Press 10 for more; you have 2 minutes.", ""],
    ["When you are done, press hash.", ""],
    ["The press 1st.", ""],
  ])("%s", (text, keys) => expect(named(text)).toBe(keys));

  it("in Welsh, and in no language whose words it does not know", () => {
    expect(named("Pwyswch 1 neu bump; i glywed eto, pwyswch seren. Am un, pwyswch naw.", "cy-GB")).toBe(
      "1*9",
    );
    expect(named("Peidiwch â phwyso 1.", "cy-GB")).toBe("");
    expect([named("press 1", "pl-PL"), keysIn("x", "pl-PL").mentioned.size]).toEqual(["", 12]);
  });
});
