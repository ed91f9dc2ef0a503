import { describe, expect, it } from "vitest";
import { checkFlows } from "#flow/check/check-flows.ts";
import { type Broken, expectFault, placeOf, textOf, withFiles } from "./broken.ts";

const unknownSteps: Record<string, Broken> = {
  "a branch that leads nowhere": {
    ...{ from: "otherwise: greeting", to: "otherwise: greting", at: "greting", rule: "unknown-step" },
    ...{ what: /no step "greting"/, instead: /did you mean greeting/ },
  },
  "a choice that leads nowhere": {
    ...{
      from: '- { key: "1", next: story }',
      to: '- { key: "1", next: storey }',
      at: "storey",
      rule: "unknown-step",
    },
    ...{ what: /no step "storey"/, instead: /did you mean story/ },
  },
  "a word that is like no step": {
    ...{
      from: "silence: story ",
      to: "silence: somewhere-else ",
      at: "somewhere-else",
      rule: "unknown-step",
    },
    ...{ what: /no step "somewhere-else"/, instead: /write one of: opening, greeting/ },
  },
  "going on at a step that is not there": {
    ...{ from: "{ without: story, at: story }", to: "{ without: story, at: storey }", at: "storey" },
    ...{ rule: "unknown-step", what: /no step "storey"/, instead: /did you mean story/ },
  },
  "looking a visit up and leading nowhere": {
    ...{ flow: "ring-back", from: "none: no-question", to: "none: no-questions", at: "no-questions" },
    ...{ rule: "unknown-step", what: /no step "no-questions"/, instead: /did you mean no-question/ },
  },
};

const others: Record<string, Broken> = {
  "a step that nothing leads to": {
    ...{ from: "silence: review\n", to: "silence: review\n\n  lonely: { kind: play, say: [], next: end }\n" },
    ...{
      at: "lonely",
      rule: "unreachable-step",
      what: /no way leads to the step "lonely"/,
      instead: /take it out/,
    },
  },
  "a key that is a choice twice": {
    ...{
      from: '- { key: "2", next: question }',
      to: '- { key: "1", next: question }',
      at: '"1", next: question',
    },
    ...{ rule: "key-clash", what: /key 1 .* a choice of this menu already/, instead: /such as "2"/ },
  },
  "the opt-out key as a choice": {
    ...{
      from: '- { key: "2", next: question }',
      to: '- { key: "9", next: question }',
      at: '"9", next: question',
    },
    ...{ rule: "key-clash", what: /opts out everywhere/, instead: /such as "2"/ },
  },
  "the repeat key as a choice": {
    ...{
      from: '- { key: "2", next: question }',
      to: '- { key: "*", next: question }',
      at: '"*", next: question',
    },
    ...{ rule: "key-clash", what: /says it again everywhere/, instead: /such as "2"/ },
  },
  "one key for both everywhere": {
    ...{ from: 'repeat: "*"', to: 'repeat: "9"', at: '"9"\n  optOut', rule: "everywhere-clash" },
    ...{ what: /key 9 would/, instead: /"\*"/ },
  },
  "a prompt that there is not": {
    ...{ from: "say: [welcome]", to: "say: [wellcome]", at: "wellcome", rule: "missing-prompt" },
    ...{ what: /no prompt "wellcome"/, instead: /did you mean welcome/ },
  },
  "seconds where milliseconds belong": {
    ...{ from: "answerWithinMs: 6000", to: "answerWithinMs: 6", at: "6  ", rule: "impossible-time" },
    ...{ what: /6 cannot stand in answerWithinMs/, instead: /500 or more: it is in milliseconds/ },
  },
  "a voicemail known by six milliseconds of talk": {
    ...{ from: "voicemailTalkMs: 6000", to: "voicemailTalkMs: 6", at: "6  ", rule: "impossible-time" },
    ...{ what: /6 cannot stand in voicemailTalkMs/, instead: /2000 or more/ },
  },
  "a wait for an answer longer than anybody holds the line": {
    ...{ from: "answerWithinMs: 6000", to: "answerWithinMs: 60001", at: "60001", rule: "impossible-time" },
    ...{ what: /60001 cannot stand in answerWithinMs/, instead: /60000 or less: it is in milliseconds/ },
  },
  "a quiet of minutes in a story": {
    ...{ from: "silenceMs: 5000         #", to: "silenceMs: 70000 #", at: "70000", rule: "impossible-time" },
    ...{ what: /70000 cannot stand in silenceMs/, instead: /60000 or less/ },
  },
  "a pause in which callers hang up": {
    ...{ from: "say: [welcome]", to: "say: [welcome, { pauseMs: 21000 }]", at: "21000" },
    ...{
      rule: "impossible-time",
      what: /21000 cannot stand in pauseMs/,
      instead: /20000 or less/,
      amongOthers: true,
    },
  },
  "a number of an impossible length": {
    ...{ flow: "ring-back", from: "min: 10, max: 15", to: "min: 12, max: 11", at: "{ min: 12" },
    ...{ rule: "impossible-range", what: /at least 12 and at most 11/, instead: /\{ min: 11, max: 12 \}/ },
  },
  "opting out what nobody keys": {
    ...{ flow: "ring-back", from: "of: number", to: "of: nummer", at: "nummer", rule: "unknown-answer" },
    ...{ what: /no step keys "nummer"/, instead: /did you mean number/, amongOthers: true },
  },
  "saying what nobody keys": {
    ...{ flow: "ring-back", from: "{ keyed: number }", to: "{ keyed: nummer }", at: "nummer" },
    ...{ rule: "unknown-answer", what: /no step keys "nummer"/, instead: /did you mean number/ },
  },
  "saying a field that is not declared": {
    ...{
      flow: "appointment",
      from: "- { time: { contact: appointment } }",
      to: "- { time: { contact: when } }",
    },
    ...{
      at: "when } }",
      rule: "unknown-answer",
      what: /no field .* "when"/,
      instead: /write one of: appointment/,
    },
  },
  "branching on an answer that nothing gives": {
    ...{
      flow: "appointment",
      from: "on: { contact: appointment }",
      to: "on: { answer: repli }",
      at: "repli",
    },
    ...{ rule: "unknown-answer", what: /no step gives the answer "repli"/, instead: /did you mean reply/ },
  },
};

describe("a flow is refused for", () => {
  it.each(Object.entries({ ...unknownSteps, ...others }))("%s", (_, broken) => expectFault(broken));
});

describe("a prompt", () => {
  const flow = textOf("flows/fft.yaml");
  const found = (changed: Parameters<typeof withFiles>[0], rule: string) =>
    checkFlows(withFiles(changed)).filter((fault) => fault.file === "flows/fft.yaml" && fault.rule === rule);

  it("without its sound is missing where it is said", () => {
    expect(found({ "prompts/en-GB/welcome.wav": null }, "missing-prompt")).toEqual([
      expect.objectContaining({
        ...placeOf(flow, "welcome]"),
        instead: expect.stringContaining("prompts/en-GB/welcome.wav"),
      }),
    ]);
  });

  it("without any manifest is not spoken of: that is told once", () => {
    const faults = checkFlows(withFiles({ "prompts/manifest.yaml": null }));
    expect(faults).toEqual([expect.objectContaining({ file: "prompts/manifest.yaml", rule: "no-manifest" })]);
  });
});
