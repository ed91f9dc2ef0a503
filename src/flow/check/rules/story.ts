import type { Flow, Step } from "../../definition.ts";
import { edgesOf } from "../../edges.ts";
import { roots } from "../graph.ts";
import type { Rule } from "../rule.ts";

/** Its words say that nobody hears the story straight away, and whom to ring for help now. */
const words = "nobody-listens-now";

/**
 * Whoever tells a story must have heard, before the tone and in the same call, that nobody listens to it now: in the
 * step itself, or in one that every way to it goes through.
 */
export const storyWithoutWarning: Rule = {
  name: "story-without-warning",
  about: "A story can be told without the words that nobody listens straight away.",
  follows: true,
  find: ({ flow, source }) =>
    [...unwarned(flow)].flatMap(([name, way]) => {
      if (flow.steps[name]?.kind !== "record") return [];
      const what = `a story can be told in "${name}" without the words that nobody hears it straight away`;
      const by = way.length > 1 ? ` (${way.join(" -> ")})` : "";
      const instead = `say ${words} in it, or in a step that every way to it goes through`;
      return [{ at: source.at(["steps", name, "say"]), what: `${what}${by}`, instead }];
    }),
};

/** Steps whose beginning can be come to without having heard the words, each with a shortest way. */
function unwarned(flow: Flow): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let ways = roots(flow).map(({ to }) => [to]);
  while (ways.length > 0) {
    const further: string[][] = [];
    for (const way of ways) {
      const name = way.at(-1)!;
      const step = flow.steps[name];
      if (!step || found.has(name) || saysIt(step)) continue;
      found.set(name, way);
      further.push(...edgesOf(flow, name).map(({ to }) => [...way, to]));
    }
    ways = further;
  }
  return found;
}

const saysIt = (step: Step): boolean => "say" in step && step.say.includes(words);
