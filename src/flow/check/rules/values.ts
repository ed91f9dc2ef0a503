import { nearest } from "#lib/nearest.ts";
import type { BranchStep, ContactKind, Flow } from "../../definition.ts";
import type { Rule } from "../rule.ts";

/** Any answer and any field can be one that is not there. */
const missing = "missing";

export const impossibleValue: Rule = {
  name: "impossible-value",
  about: "A branch waits for a value that can never come.",
  find: ({ flow, source }) =>
    Object.entries(flow.steps).flatMap(([name, step]) => {
      if (step.kind !== "branch") return [];
      const can = valuesOf(step, flow);
      return Object.keys(step.when).flatMap((value) => {
        if (can.fits(value.toLowerCase())) return [];
        const meant = nearest(value, can.known);
        return [
          {
            at: source.at(["steps", name, "when", value], "key"),
            what: `"${value}" is no value that "${name}" can come by`,
            instead: meant ? `did you mean ${meant}?` : `write ${can.instead}`,
          },
        ];
      });
    }),
};

interface Values {
  fits(value: string): boolean;
  known: string[];
  instead: string;
}

const anything: Values = { fits: () => true, known: [], instead: "" };
const these = (known: string[]): Values => ({
  fits: (value) => known.some((word) => word.toLowerCase() === value),
  ...{ known, instead: `one of: ${known.join(", ")}` },
});
const shaped = (shape: RegExp, instead: string): Values => ({
  fits: (value) => value === missing || shape.test(value),
  ...{ known: [missing], instead: `${instead}, or ${missing}` },
});

const fields: Record<ContactKind, Values> = {
  text: anything,
  number: shaped(/^\d{1,4}$/, "a number"),
  digits: shaped(/^\d+$/, "digits"),
  date: shaped(/^\d{4}-\d\d-\d\d$/, "a day, such as 2026-12-03"),
  time: shaped(/^\d{4}-\d\d-\d\dt\d\d:\d\d$/, "a time, such as 2026-12-03T10:30"),
};

function valuesOf({ on }: BranchStep, { contact = {}, steps, languages }: Flow): Values {
  if (on === "language")
    return languages ? these(languages) : shaped(/^[a-z]{2,3}(-\w+)*$/, "a language's tag");
  if (typeof on === "string") return anything; // the shape knows them
  if ("contact" in on) return fields[contact[on.contact] ?? "text"];
  const given = Object.values(steps).flatMap((step) => {
    if (step.kind === "menu" && step.answer === on.answer) return step.choices.map(({ value }) => value);
    if (step.kind === "set" && step.answer === on.answer) return [step.value];
    return step.kind === "digits" && step.answer === on.answer ? [null] : [];
  });
  const words = given.flatMap((value) => (value === undefined || value === null ? [] : String(value)));
  return given.includes(null) || words.length === 0 ? anything : these([...words, missing]);
}
