import { describe, expect, it } from "vitest";
import { checkFlows } from "#flow/check/check-flows.ts";
import { lockedPrompts, lockedWords } from "#flow/check/nation.ts";
import { type Broken, besideWords, expectFault, placeOf, replaced, textOf, withFiles } from "./broken.ts";

const fifth = '- { key: "5", next: story-more }\n';
const questions: Record<string, Broken> = {
  "more than six choices": {
    from: fifth,
    to: `${fifth}      - { key: "6", mark: declined, next: thanks }\n      - { key: "7", next: callback }\n`,
    ...{ at: '{ key: "7"', rule: "too-many-choices", what: /7 choices, more than 6/, instead: /second menu/ },
  },
  "more than six times": {
    ...{ from: "choices: 4 ", to: "choices: 7 ", at: "7 ", rule: "too-many-choices" },
    ...{ what: /7 choices/, instead: /take some out/ },
  },
  "values that nothing keeps": {
    ...{ from: "    answer: shareConsent\n", to: "", at: "value: true", rule: "answer-not-kept" },
    ...{ what: /choices of "consent" have values, and nothing keeps them/, instead: /add answer:/ },
  },
  "an answer without values": {
    ...{ from: "say: [review-keys]", to: "answer: reviewed\n    say: [review-keys]", at: "reviewed" },
    ...{ rule: "answer-not-kept", what: /no choice has a value/, instead: /give each choice/ },
  },
  "one answer without its value": {
    ...{
      from: 'key: "1", value: true, next',
      to: 'key: "1", next',
      at: '{ key: "1", next: thanks',
      rule: "answer-not-kept",
    },
    ...{ what: /key 1 of "consent" goes on as an answer does/, instead: /its value/ },
  },
  "two keys that do the same": {
    ...{ from: '{ key: "1", next: story-more }', to: '{ key: "1", next: review }', at: '"2", next: review' },
    ...{ rule: "answer-not-kept", what: /keys 1 and 2 of "story-limit" do the same/, instead: /a value/ },
  },
  "a number that is used nowhere": {
    ...{
      flow: "ring-back",
      from: "    enter: opt-out\n    of: number\n",
      to: "    enter: opt-out\n",
      at: "number\n    as:",
    },
    ...{ rule: "answer-not-kept", what: /keyed as "number" is used nowhere/, instead: /of: number/ },
  },
  "a consent that is no yes or no": {
    ...{ from: "value: true", to: "value: 1", at: "1, next: thanks", rule: "answer-type" },
    ...{ what: /1 is no value for "shareConsent"/, instead: /true or false/ },
  },
  "a label that no question has": {
    ...{ from: "{ label: rating }", to: "{ label: ratings }", at: "ratings", rule: "unknown-answer" },
    ...{ what: /has labels for "ratings"/, instead: /did you mean rating/ },
  },
  "a question without words": {
    ...{ from: "say: [consent-question]", to: "say: [{ pauseMs: 300 }]", at: "[{ pauseMs: 300 }]" },
    ...{ rule: "says-nothing", what: /hear silence/, instead: /name a prompt/ },
  },
  "# everywhere, which ends a story": {
    ...{ from: 'repeat: "*"', to: 'repeat: "#"', at: '"#"', rule: "everywhere-clash" },
    ...{ what: /ends what a caller tells/, instead: /"\*"/ },
  },
};

describe("a question is refused for", () => {
  it.each(Object.entries(questions))("%s", (_, broken) => expectFault(broken));
});

const poor = "label: poor,                  say: for-poor,                  next: read-back }\n";
const locked: Record<string, Omit<Broken, "rule" | "what" | "instead"> & Partial<Broken>> = {
  "another question": {
    from: "say: [fft-question]",
    to: "say: [consent-question]",
    at: "[consent-question]",
  },
  "more words about it": { from: "say: [fft-question]", to: "say: [hello, fft-question]", at: "[hello, fft" },
  "another code": {
    ...{
      from: "value: 2, label: good",
      to: "value: 3, label: good",
      at: "3, label: good",
      amongOthers: true,
    },
  },
  "another key": { from: 'key: "4", value: 4', to: 'key: "7", value: 4', at: '"7"' },
  "another label": {
    from: "label: very-poor,  ",
    to: "label: poor,  ",
    at: "poor,             say: for-very-poor",
  },
  "another word for a key": {
    ...{
      from: "say: for-dont-know, ",
      to: "say: for-very-poor, ",
      at: "for-very-poor,             next: read-back }\n    sayA",
    },
  },
  "an answer less": {
    from: `      - { key: "4", value: 4, ${poor}`,
    to: "",
    at: '- { key: "1", value: 1',
    amongOthers: true,
  },
  "no rating kept": {
    from: "    answer: rating\n",
    to: "",
    at: "question:\n    kind: menu",
    amongOthers: true,
  },
};

describe("what the nation fixed", () => {
  it.each(Object.entries(locked))("%s", (_, { from, to, at, into = 0, amongOthers }) => {
    const text = replaced(textOf("flows/fft.yaml"), from, to);
    const faults = checkFlows(withFiles({ "flows/fft.yaml": text }));
    const { line, column } = placeOf(text, at);
    expect(faults).toContainEqual(
      expect.objectContaining({
        ...{ line, column: column + into, rule: "locked-question" },
        what: expect.stringContaining("NHS England fixed it"),
        instead: expect.stringMatching(/^(write|put) /),
      }),
    );
    if (!amongOthers) expect(besideWords(faults)).toHaveLength(1);
  });

  it("a flow fft that does not ask at all", () => {
    const text = textOf("flows/ring-back.yaml").replace("flow: ring-back", "flow: fft");
    expect(checkFlows(withFiles({ "flows/fft.yaml": text, "flows/ring-back.yaml": null }))).toEqual([
      expect.objectContaining({ ...placeOf(text, "steps:"), rule: "locked-question" }),
    ]);
  });

  it("a rating that is keyed", () => {
    const text = textOf("flows/ring-back.yaml")
      .replace("answer: number", "answer: rating")
      .replace("keyed: number", "keyed: rating")
      .replace("of: number", "of: rating");
    expect(checkFlows(withFiles({ "flows/ring-back.yaml": text }))).toEqual([
      expect.objectContaining({ ...placeOf(text, "rating\n"), rule: "locked-question" }),
    ]);
  });

  const manifest = textOf("prompts/manifest.yaml");
  it.each([...lockedPrompts])("the words of %s", (id) => {
    const words = lockedWords["en-GB"]![id]!;
    const at = manifest.indexOf(`"${words}"`, manifest.indexOf(`\n  ${id}:`));
    const text = `${manifest.slice(0, at)}"${words} Please."${manifest.slice(at + words.length + 2)}`;
    const before = manifest.slice(0, at).split("\n");
    expect(checkFlows(withFiles({ "prompts/manifest.yaml": text }))).toEqual([
      expect.objectContaining({
        ...{ file: "prompts/manifest.yaml", rule: "locked-words" },
        ...{ line: before.length, column: before.at(-1)!.length + 1 },
        instead: `write "${words}"`,
      }),
    ]);
  });

  it("a typographer's apostrophe changes no word", () => {
    const text = replaced(manifest, "If you don't know", "If you don\u2019t know");
    expect(checkFlows(withFiles({ "prompts/manifest.yaml": text }))).toEqual([]);
  });
});
