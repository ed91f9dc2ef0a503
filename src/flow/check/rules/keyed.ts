import { nearest } from "#lib/nearest.ts";
import type { Path } from "#lib/yaml-source.ts";
import type { Flow, Source, Step } from "../../definition.ts";
import { saidBy } from "../../pieces.ts";
import type { Found, Rule } from "../rule.ts";

export const impossibleRange: Rule = {
  name: "impossible-range",
  about: "A range in which nothing lies.",
  find: ({ flow, source }) =>
    Object.entries(flow.steps).flatMap(([name, step]) => {
      if (step.kind !== "digits" || !step.length || step.length.min <= step.length.max) return [];
      const { min, max } = step.length;
      const what = `no number is at least ${min} and at most ${max} digits long`;
      const instead = `write { min: ${max}, max: ${min} }`;
      return [{ at: source.at(["steps", name, "length"]), what, instead }];
    }),
};

/** What a step says or uses must have been given by one. */
export const unknownAnswer: Rule = {
  name: "unknown-answer",
  about: "An answer is spoken of that no step gives.",
  find: ({ flow, source }) => {
    const given = givenIn(flow);
    const unless = ({ name, by, path }: Use): Found[] => {
      if (given[by].has(name)) return [];
      const meant = nearest(name, [...given[by]]);
      const known = [...given[by]].join(", ");
      const instead = meant ? `did you mean ${meant}?` : known ? `write one of: ${known}` : add[by];
      return [{ at: source.at(path), what: `no ${verbs[by]} "${name}"`, instead }];
    };
    return Object.entries(flow.steps).flatMap(([name, step]) =>
      usesOf(["steps", name], step).flatMap(unless),
    );
  },
};

type By = "keyed" | "label" | "recording" | "time" | "answer" | "contact";
const verbs = {
  ...{ keyed: "step keys", label: "step has labels for", recording: "step records a", time: "step offers a" },
  ...{ answer: "step gives the answer", contact: "field of the list is declared as" },
};
const add = {
  keyed: "add a step of kind digits",
  label: "give the choices of a menu with that answer their labels",
  recording: "add a step of kind record",
  time: "add a step of kind callback",
  answer: "add a step that gives it",
  contact: "declare it under contact:",
};

interface Use {
  name: string;
  by: By;
  path: Path;
}

function usesOf(at: Path, step: Step): Use[] {
  const said = saidBy(step).flatMap(({ field, pieces }) =>
    pieces.flatMap((piece, i): Use[] => {
      if (typeof piece === "string") return [];
      return Object.entries(piece).flatMap(([by, name]): Use[] => {
        const path = [...at, field, i, by];
        if (typeof name === "object") return [useOf(name, path)];
        return by in verbs ? [{ name: String(name), by: by as By, path }] : [];
      });
    }),
  );
  const on = step.kind === "branch" && typeof step.on === "object" ? [useOf(step.on, [...at, "on"])] : [];
  const of: Use[] =
    (step.kind === "menu" || step.kind === "opt-out") && step.of !== undefined
      ? [{ name: step.of, by: "keyed", path: [...at, "of"] }]
      : [];
  return [...of, ...on, ...said];
}

const useOf = (source: Source, path: Path): Use =>
  "answer" in source
    ? { name: source.answer, by: "answer", path: [...path, "answer"] }
    : { name: source.contact, by: "contact", path: [...path, "contact"] };

function givenIn({ steps, contact = {} }: Flow): Record<By, ReadonlySet<string>> {
  const all = Object.values(steps);
  const labelled = (step: Step) =>
    step.kind === "menu" && step.answer && step.choices.some(({ label }) => label) ? step.answer : [];
  return {
    keyed: new Set(all.flatMap((step) => (step.kind === "digits" ? step.answer : []))),
    label: new Set(all.flatMap(labelled)),
    recording: new Set(all.flatMap((step) => (step.kind === "record" ? step.answer : []))),
    answer: new Set(
      all.flatMap((step) =>
        step.kind === "digits" || step.kind === "set" || step.kind === "menu" ? (step.answer ?? []) : [],
      ),
    ),
    contact: new Set(Object.keys(contact)),
    time: new Set(all.some(({ kind }) => kind === "callback") ? ["callback"] : []),
  };
}
