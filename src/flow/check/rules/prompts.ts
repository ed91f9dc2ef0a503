import { nearest } from "#lib/nearest.ts";
import { languagesOf } from "../languages.ts";
import { manifestFile, type PromptFacts } from "../prompt-facts.ts";
import type { Found, Rule } from "../rule.ts";
import { saidIn } from "../said.ts";

const longestMs = 20_000;

export const missingPrompt: Rule = {
  name: "missing-prompt",
  about: "A prompt has no words or no sound in a language that the flow is held in.",
  find: ({ flow, source, prompts }) => {
    if (!prompts) return [];
    return languagesOf(flow, prompts).flatMap((language) =>
      saidIn(flow, language).flatMap(({ id, path }): Found[] => {
        const missing = missingOf(id, language, prompts);
        return missing ? [{ at: source.at(path), ...missing }] : [];
      }),
    );
  },
};

function missingOf(id: string, language: string, prompts: PromptFacts): Omit<Found, "at"> | null {
  if (!prompts.ids.includes(id)) {
    const meant = nearest(id, prompts.ids);
    const add = `add its words to ${manifestFile} and its sound beside it`;
    return {
      what: `there is no prompt "${id}"`,
      instead: meant ? `did you mean ${meant}? Else ${add}` : add,
    };
  }
  if (prompts.wordsOf(id, language) === null)
    return { what: `the prompt "${id}" has no words in ${language}`, instead: `add them to ${manifestFile}` };
  if (!prompts.hasSound(id, language))
    return {
      what: `the prompt "${id}" has words in ${language}, but no sound`,
      instead: `record it, as prompts/${language}/${id}.wav`,
    };
  return null;
}

export const longPrompt: Rule = {
  name: "long-prompt",
  about: "One prompt lasts longer than 20 seconds.",
  find: ({ flow, source, prompts }) => {
    if (!prompts) return [];
    return languagesOf(flow, prompts).flatMap((language) =>
      firstUses(saidIn(flow, language)).flatMap(({ id, path }): Found[] => {
        const ms = prompts.lengthOf(id, language) ?? 0;
        if (ms <= longestMs) return [];
        const what = `the prompt "${id}" lasts ${(ms / 1000).toFixed(1)} s in ${language}, longer than 20 s`;
        return [{ at: source.at(path), what, instead: "say it shorter, or make two prompts of it" }];
      }),
    );
  },
};

const firstUses = <T extends { id: string }>(said: readonly T[]): T[] =>
  said.filter(({ id }, i) => said.findIndex((other) => other.id === id) === i);
