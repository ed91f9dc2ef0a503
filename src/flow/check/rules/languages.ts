import { nearest } from "#lib/nearest.ts";
import type { Path } from "#lib/yaml-source.ts";
import type { Rule } from "../rule.ts";

export const unknownLanguage: Rule = {
  name: "unknown-language",
  about: "A language is named that the prompts' manifest has not.",
  find: ({ flow, source, prompts }) => {
    if (!prompts) return [];
    const known = prompts.languages;
    const named: { tag: string; path: Path }[] = [
      ...(flow.languages ?? []).map((tag, i) => ({ tag, path: ["languages", i] })),
      ...Object.entries(flow.steps).flatMap(([name, step]) =>
        step.kind === "language"
          ? step.choices.map(({ language }, i) => ({
              tag: language,
              path: ["steps", name, "choices", i, "language"],
            }))
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
