import type { Path } from "#lib/yaml-source.ts";
import { saidBy } from "../../pieces.ts";
import type { Rule } from "../rule.ts";

export const impossibleRange: Rule = {
  name: "impossible-range",
  about: "A range in which nothing lies.",
  find: ({ flow, source }) =>
    Object.entries(flow.steps).flatMap(([name, step]) => {
      if (step.kind !== "digits" || step.length.min <= step.length.max) return [];
      const { min, max } = step.length;
      const what = `no number is at least ${min} and at most ${max} digits long`;
      const instead = `write { min: ${max}, max: ${min} }`;
      return [{ at: source.at(["steps", name, "length"]), what, instead }];
    }),
};

/** A number can be used only where it is keyed. */
export const unknownAnswer: Rule = {
  name: "unknown-answer",
  about: "An answer is spoken of that no step gives.",
  find: ({ flow, source }) => {
    const steps = Object.entries(flow.steps);
    const known = steps.flatMap(([, step]) => (step.kind === "digits" ? [step.answer] : []));
    const unless = (name: string | undefined, path: Path) => {
      if (name === undefined || known.includes(name)) return [];
      const instead = known.length > 0 ? `write one of: ${known.join(", ")}` : "add a step of kind digits";
      return [{ at: source.at(path), what: `no step keys "${name}"`, instead }];
    };
    return steps.flatMap(([name, step]) => [
      ...(step.kind === "menu" ? unless(step.of, ["steps", name, "of"]) : []),
      ...saidBy(step).flatMap(({ field, pieces }) =>
        pieces.flatMap((piece, i) =>
          typeof piece === "object" && "keyed" in piece
            ? unless(piece.keyed, ["steps", name, field, i, "keyed"])
            : [],
        ),
      ),
    ]);
  },
};
