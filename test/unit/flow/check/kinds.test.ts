import { describe, expect, it } from "vitest";
import { checkFlows } from "#flow/check/check-flows.ts";
import { type Broken, expectFault, placeOf, replaced, textOf, withFiles } from "./broken.ts";

const languages = (choices: string) =>
  `  opening:\n    kind: language\n    choices:\n${choices}    next: first\n\n  first:\n    kind: branch\n    on: reason`;
const opening = "  opening:\n    kind: branch\n    on: reason";

const kinds: Record<string, Broken> = {
  "a language that has no prompts": {
    ...{
      from: "start: opening",
      to: "start: opening\nlanguages: [en-GB, cy-GG]",
      at: "cy-GG",
      rule: "unknown-language",
    },
    ...{ what: /no prompts in cy-GG/, instead: /did you mean cy-GB/ },
  },
  "a choice of a language that has no prompts": {
    from: opening,
    to: languages(
      '      - { key: "1", language: en-GB, say: press-1 }\n      - { key: "2", language: xx-XX, say: press-2 }\n',
    ),
    ...{ at: "xx-XX", rule: "unknown-language", what: /no prompts in xx-XX/, instead: /write one of: en-GB/ },
  },
  "a language that is offered, and no key for it": {
    from: "say: [wrong-person]",
    to: "say: [wrong-person, { offer: for-welsh, language: cy-GB }]",
    ...{ at: "{ offer: for-welsh, language: cy-GB }]", rule: "offer-without-key" },
    ...{ what: /"wrong-person" offers cy-GB, and no key/, instead: /with language: cy-GB/ },
  },
  "a key for a language, of which nobody hears": {
    from: "{ pauseMs: 800 }, { offer: for-welsh, language: cy-GB }, { offer: for-english, language: en-GB }, automated-call-from, { campaign: spokenName }, are",
    to: "{ pauseMs: 800 }, { offer: for-english, language: en-GB }, automated-call-from, { campaign: spokenName }, are",
    ...{ at: "cy-GB, next: opening", rule: "offer-without-key" },
    ...{ what: /key 5 of "greeting" changes to cy-GB, and nobody says so/, instead: /offer: PROMPT/ },
  },
  "a language on the key that opts out": {
    from: opening,
    to: languages(
      '      - { key: "1", language: en-GB, say: press-1 }\n      - { key: "9", language: en-GB, say: press-2 }\n',
    ),
    ...{ at: '"9", language', rule: "key-clash", what: /opts out everywhere/, instead: /such as "2"/ },
  },
  "undoing by the key that opts out": {
    ...{
      flow: "appointment",
      from: "    undone: ",
      to: '    undo: "9"\n    undone: ',
      at: '"9"\n    undone',
      rule: "key-clash",
    },
    ...{ what: /key 9 cannot be a choice here/, instead: /such as "1"/ },
  },
  "an opt-out key that is an answer to what is read back": {
    ...{
      flow: "ring-back",
      from: 'optOut: { key: "9"',
      to: 'optOut: { key: "2"',
      at: "[ring-back-you-keyed",
      rule: "key-clash",
    },
    ...{
      what: /right and again take keys 1 to 2, and key 2 opts out/,
      instead: /another key/,
      amongOthers: true,
    },
  },
  "limits that lead nowhere": {
    ...{
      from: "start: opening",
      to: "start: opening\nlimits: { minutes: 9, next: nowhere }",
      at: "nowhere }",
    },
    ...{ rule: "unknown-step", what: /no step "nowhere"/, instead: /write one of/ },
  },
  "a rating that is set": {
    from: "say: [welcome]\n    next: question",
    to: "say: [welcome]\n    next: cheat\n\n  cheat:\n    kind: set\n    answer: rating\n    value: 1\n    next: question",
    ...{ at: "rating\n    value: 1", rule: "locked-question", what: /only the nation's question gives one/ },
    instead: /another name/,
  },
  "a consent that is set to a word": {
    from: "say: [welcome]\n    next: question",
    to: "say: [welcome]\n    next: cheat\n\n  cheat:\n    kind: set\n    answer: shareConsent\n    value: sure\n    next: question",
    ...{ at: "sure", rule: "answer-type", what: /sure is no value/, instead: /true or false/ },
  },
  "a called flow that there is not": {
    from: "say: [welcome]\n    next: question",
    to: "say: [welcome]\n    next: other\n\n  other:\n    kind: call\n    flow: apointment\n    next: question",
    ...{ at: "apointment", rule: "called-flow", what: /no flow "apointment"/, instead: /appointment/ },
  },
  "a flow that calls itself": {
    from: "say: [welcome]\n    next: question",
    to: "say: [welcome]\n    next: other\n\n  other:\n    kind: call\n    flow: fft\n    next: question",
    ...{ at: "fft\n    next", rule: "called-flow", what: /inside itself/, instead: /another one/ },
  },
  "a field of the list that is not declared": {
    from: "on: reason",
    to: "on: { contact: ward }",
    ...{ at: "ward", rule: "unknown-answer", what: /field of the list/, instead: /declare it/ },
  },
};

describe("a flow is refused for", () => {
  it.each(Object.entries(kinds))("%s", (_, broken) => expectFault(broken));

  it("a prompt without sound in the second of its languages", () => {
    const file = "flows/fft.yaml";
    const text = replaced(textOf(file), "start: opening", "start: opening\nlanguages: [en-GB, cy-GB]");
    const faults = checkFlows(withFiles({ [file]: text, "prompts/cy-GB/welcome.wav": null }));
    expect(faults).toContainEqual(
      expect.objectContaining({
        ...{ file, ...placeOf(text, "welcome]"), rule: "missing-prompt" },
        what: 'the prompt "welcome" has words in cy-GB, but no sound',
        instead: "record it, as prompts/cy-GB/welcome.wav",
      }),
    );
  });
});
