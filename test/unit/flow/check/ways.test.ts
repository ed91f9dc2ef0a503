import { describe, expect, it } from "vitest";
import { checkFlows } from "#flow/check/check-flows.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { type Broken, expectFault, placeOf, textOf, withFiles } from "./broken.ts";

const ways: Record<string, Broken> = {
  "a step that names itself": {
    ...{
      from: "say: [welcome]\n    next: question",
      to: "say: [welcome]\n    next: welcome",
      at: "welcome\n\n  # ---- the q",
    },
    ...{ rule: "endless-path", what: /"welcome" -> "welcome" goes round/, instead: /goodbye and end/ },
    amongOthers: true,
  },
  "a circle that silence goes round": {
    ...{
      from: "silence: consent",
      to: "silence: hear-story",
      at: "review\n\n  story-again",
      rule: "endless-path",
    },
    ...{ what: /"review" -> "hear-story" -> "review"/, instead: /let one of them lead on/ },
  },
  "a circle of tries": {
    ...{
      from: "unanswered: say-goodbye     #",
      to: "unanswered: question        #",
      at: "question        #",
    },
    ...{ rule: "endless-path", what: /"question" -> "question"/, instead: /./, amongOthers: true },
  },
  "going back where nothing was interrupted": {
    ...{ from: "say: [story-deleted]\n    next: thanks", to: "say: [story-deleted]\n    next: resume" },
    ...{ at: "resume\n\n  # ---- consent", rule: "resume-outside-opt-out" },
    ...{ what: /nothing to resume/, instead: /name the step/ },
  },
  "an opt-out key that opts nobody out": {
    ...{ from: "    enter: opt-out          # committed before it is said aloud\n", to: "", at: "opt-out }" },
    ...{
      rule: "no-opt-out",
      what: /leads to "opt-out", and nobody is opted out by then/,
      instead: /enter: opt-out/,
    },
  },
  "an opt-out key that opts only some out": {
    ...{
      flow: "ring-back",
      from: "  opt-out:\n    kind: menu\n    enter: opt-out ",
      to: "  opt-out:\n    kind: menu\n   ",
    },
    ...{
      at: "opt-out\n\n  opt-out:",
      rule: "no-opt-out",
      what: /nobody is opted out/,
      instead: /enter: opt-out/,
    },
  },
  "a place to carry on at that is never taken": {
    ...{ from: "{ without: rating, at: welcome }", to: "{ at: welcome }", at: "{ at: welcome }" },
    ...{ rule: "carry-on-order", what: /fits always/, instead: /put it last/ },
  },
  "a story without the words": {
    ...{
      from: "[story-invitation, nobody-listens-now, ",
      to: "[story-invitation, ",
      at: "[story-invitation, name",
    },
    ...{
      rule: "story-without-warning",
      what: /told in "story" without the words/,
      instead: /say nobody-listens-now/,
    },
    amongOthers: true,
  },
  "a story that can be come to around the words": {
    ...{
      from: '- { key: "2", next: question }\n    silence: story ',
      to: '- { key: "2", next: question }\n    silence: story-again ',
    },
    ...{ at: "[tell-it-again]", rule: "story-without-warning" },
    ...{ what: /told in "story-again".*question -> read-back -> story-again\)/, instead: /every way to it/ },
    amongOthers: true,
  },
  "words for longer than 12 s before a key": {
    ...{
      from: "say: [welcome]",
      to: "say: [hello, welcome, hello]",
      at: "[hello, welcome, hello]",
      rule: "late-first-key",
    },
    ...{ what: /12\.\d s are said \(welcome\) before the first key of "question"/, instead: /say less/ },
  },
};

describe("the ways through a flow:", () => {
  it.each(Object.entries(ways))("%s", (_, broken) => expectFault(broken));
});

describe("how long is listened", () => {
  const flow = textOf("flows/fft.yaml");
  const seconds = (count: number) =>
    writeWav({ sampleRate: 8000, samples: new Int16Array(Math.round(count * 8000)).fill(1000) });

  it("one prompt of more than 20 s", () => {
    expect(checkFlows(withFiles({ "prompts/en-GB/thank-you.wav": seconds(20.5) }))).toEqual([
      expect.objectContaining({
        ...{ file: "flows/fft.yaml", ...placeOf(flow, "thank-you,"), rule: "long-prompt" },
        what: 'the prompt "thank-you" lasts 20.5 s in en-GB, longer than 20 s',
        instead: expect.stringContaining("two prompts"),
      }),
    ]);
    expect(checkFlows(withFiles({ "prompts/en-GB/thank-you.wav": seconds(20) }))).toEqual([]);
  });

  it("is counted over all steps that only speak, along the longest way", () => {
    const file = flow
      .replace("next: question", "next: more")
      .replace(
        "  read-back:\n",
        "  more:\n    kind: play\n    say: [consent-question, { pauseMs: 500 }]\n    next: question\n\n  read-back:\n",
      );
    const told = (language: string) =>
      expect.objectContaining({
        ...{ ...placeOf(file, "[consent-question, {"), rule: "late-first-key" },
        what: expect.stringMatching(
          new RegExp(
            `^1[89]\\.\\d s are said \\(welcome, more\\) before the first key of "question".*${language}$`,
          ),
        ),
      });
    expect(checkFlows(withFiles({ "flows/fft.yaml": file }))).toEqual([told("en-GB"), told("cy-GB")]);
  });

  it("is not counted in the question itself, nor behind the last", () => {
    const long = { "prompts/en-GB/review-keys.wav": seconds(19), "prompts/en-GB/declined.wav": seconds(19) };
    expect(checkFlows(withFiles(long))).toEqual([]);
  });
});
