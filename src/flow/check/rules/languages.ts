import { nearest } from "#lib/nearest.ts";
import type { Path } from "#lib/yaml-source.ts";
import type { Step } from "../../definition.ts";
import { saidBy } from "../../pieces.ts";
import type { Found, Rule } from "../rule.ts";

export const unknownLanguage: Rule = {
  name: "unknown-language",
  about: "A language is named that the prompts' manifest has not.",
  find: ({ flow, source, prompts }) => {
    if (!prompts) return [];
    const known = prompts.languages;
    const named: { tag: string; path: Path }[] = [
      ...(flow.languages ?? []).map((tag, i) => ({ tag, path: ["languages", i] })),
      ...Object.entries(flow.steps).flatMap(([name, step]) =>
        step.kind === "language" || step.kind === "menu"
          ? step.choices.flatMap(({ language }, i) =>
              language ? [{ tag: language, path: ["steps", name, "choices", i, "language"] }] : [],
            )
          : [],
      ),
    ];
    return named.flatMap(({ tag, path }) => {
      if (known.includes(tag)) return [];
      const meant = nearest(tag, known);
      const instead = meant ? `did you mean ${meant}?` : `write one of: ${known.join(", ")}`;
      return [{ at: source.at(path), what: `there are no prompts in ${tag}`, instead }];
    });
  },
};

export const offerWithoutKey: Rule = {
  name: "offer-without-key",
  about: "A language is offered that no key changes to, or a key changes it and nobody says so.",
  find: ({ flow, source }) =>
    Object.entries(flow.steps).flatMap(([name, step]) => {
      const offers = offersIn(step);
      const keys = step.kind === "menu" ? step.choices : [];
      const keyless = offers
        .filter(({ tag }) => !keys.some(({ language }) => language === tag))
        .map(({ tag, path }): Found => {
          const what = `"${name}" offers ${tag}, and no key of it changes to that language`;
          const instead = `add the key to its choices, with language: ${tag}`;
          return { at: source.at(["steps", name, ...path]), what, instead };
        });
      const untold = keys.flatMap(({ key, language, say }, i): Found[] => {
        if (language === undefined || say !== undefined) return [];
        if (offers.some(({ tag }) => tag === language)) return [];
        const what = `key ${key} of "${name}" changes to ${language}, and nobody says so`;
        const instead = `add { offer: PROMPT, language: ${language} } to say`;
        return [{ at: source.at(["steps", name, "choices", i, "language"]), what, instead }];
      });
      return [...keyless, ...untold];
    }),
};

/** What a step says of languages that it offers. */
const offersIn = (step: Step): { tag: string; path: Path }[] =>
  saidBy(step).flatMap(({ field, pieces }) =>
    pieces.flatMap((piece, i) =>
      typeof piece === "object" && "offer" in piece ? [{ tag: piece.language, path: [field, i] }] : [],
    ),
  );
