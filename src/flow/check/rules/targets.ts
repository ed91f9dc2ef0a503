import { nearest } from "#lib/nearest.ts";
import { specialTargets } from "../../definition.ts";
import { isSpecial, reachableFrom, roots, targetsIn } from "../graph.ts";
import type { Rule } from "../rule.ts";

export const unknownStep: Rule = {
  name: "unknown-step",
  about: "A step is named that there is not.",
  find: ({ flow, source }) => {
    const steps = Object.keys(flow.steps);
    return targetsIn(flow).flatMap(({ to, path }) => {
      if (flow.steps[to] || isSpecial(to)) return [];
      const meant = nearest(to, [...steps, ...specialTargets]);
      const instead = meant ? `did you mean ${meant}?` : `write one of: ${[...steps, "end"].join(", ")}`;
      return [{ at: source.at(path), what: `there is no step "${to}"`, instead }];
    });
  },
};

export const unreachableStep: Rule = {
  name: "unreachable-step",
  about: "No way leads to a step.",
  follows: true,
  find: ({ flow, source }) => {
    const reached = reachableFrom(
      flow,
      roots(flow).map(({ to }) => to),
    );
    return Object.keys(flow.steps)
      .filter((name) => !reached.has(name))
      .map((name) => ({
        at: source.at(["steps", name], "key"),
        what: `no way leads to the step "${name}"`,
        instead: "name it where it is to follow, or take it out",
      }));
  },
};
