import type { Step } from "../../definition.ts";
import { reachableFrom } from "../graph.ts";
import type { Rule } from "../rule.ts";

/** The shape asks for the key (shape.ts); here is whether pressing it opts out. */
export const noOptOut: Rule = {
  name: "no-opt-out",
  about: "The opt-out key leads to no step that opts out.",
  follows: true,
  find: ({ flow, source }) => {
    const { next } = flow.everywhere.optOut;
    const reached = reachableFrom(flow, [next]);
    if ([...reached].some((name) => optsOut(flow.steps[name]!))) return [];
    return [
      {
        at: source.at(["everywhere", "optOut", "next"]),
        what: `the opt-out key leads to "${next}", and nothing behind that opts anybody out`,
        instead: "lead it to a menu with enter: opt-out",
      },
    ];
  },
};

const optsOut = (step: Step): boolean => step.kind === "menu" && step.enter === "opt-out";
