import { type Edge, edgesOf } from "../../edges.ts";
import { reachableFrom, roots } from "../graph.ts";
import type { Checked, Found, Rule } from "../rule.ts";
import { silentEdges } from "../silent.ts";

/**
 * A call in which nobody does anything must end by itself. Every step has a way out that is taken in silence, so that a
 * part of the flow with no way to the end has such a circle too: this finds both.
 */
export const endlessPath: Rule = {
  name: "endless-path",
  about: "The call would go round for ever if nobody pressed a key.",
  follows: true,
  find: (checked) => {
    const done = new Set<string>();
    return Object.keys(checked.flow.steps).flatMap((name) => circlesFrom(name, [], done, checked));
  },
};

function circlesFrom(name: string, way: readonly string[], done: Set<string>, checked: Checked): Found[] {
  if (done.has(name)) return [];
  const here = [...way, name];
  const found = silentEdges(checked.flow, name).flatMap((edge) => {
    const from = here.indexOf(edge.to);
    return from < 0
      ? circlesFrom(edge.to, here, done, checked)
      : [circle([...here.slice(from)], edge, checked)];
  });
  done.add(name);
  return found;
}

function circle(steps: readonly string[], closing: Edge, { source }: Checked): Found {
  const round = [...steps, closing.to].map((name) => `"${name}"`).join(" -> ");
  return {
    at: source.at(closing.path.length > 0 ? closing.path : ["unanswered"]),
    what: `${round} goes round for ever if nobody presses a key`,
    instead: "let one of them lead on to a goodbye and end",
  };
}

/** `resume` goes back to what key 9 interrupted; before any key 9 there is nothing to go back to. */
export const resumeWithoutOptOut: Rule = {
  name: "resume-outside-opt-out",
  about: "A step goes back to what the opt-out key interrupted, and can be come to without that key.",
  follows: true,
  find: ({ flow, source }) => {
    const others = roots(flow).filter(({ path }) => path[0] !== "everywhere");
    const reached = reachableFrom(
      flow,
      others.map(({ to }) => to),
    );
    return [...reached].flatMap((name) =>
      edgesOf(flow, name)
        .filter(({ to }) => to === "resume")
        .map(({ path }) => ({
          at: source.at(path),
          what: `"${name}" can be come to without the opt-out key, and then there is nothing to resume`,
          instead: "name the step that is to follow",
        })),
    );
  },
};
