import type { Path } from "#lib/yaml-source.ts";
import { edgesOf } from "../../edges.ts";
import { isSpecial } from "../graph.ts";
import type { Checked, Found, Rule } from "../rule.ts";
import { waitsForCaller } from "../silent.ts";

/**
 * The shape asks for the key (shape.ts); here is whether pressing it opts out: at once, on every way, with no further
 * question but that for a number to opt out.
 */
export const noOptOut: Rule = {
  name: "no-opt-out",
  about: "The opt-out key leads somewhere that does not opt out.",
  follows: true,
  find: (checked) => {
    const path = ["everywhere", "optOut", "next"];
    return withoutOptOut(checked.flow.everywhere.optOut.next, path, new Set(), checked);
  },
};

function withoutOptOut(to: string, path: Path, seen: Set<string>, checked: Checked): Found[] {
  const step = checked.flow.steps[to];
  if (seen.has(to) || step?.kind === "opt-out" || (step?.kind === "menu" && step.enter === "opt-out"))
    return [];
  seen.add(to);
  if (step?.kind === "digits") return withoutOptOut(step.next, ["steps", to, "next"], seen, checked);
  const edges = step && !waitsForCaller(step) ? edgesOf(checked.flow, to) : [];
  const endsIt = edges.length === 1 && isSpecial(edges[0]!.to);
  if (edges.length > 0 && !endsIt)
    return edges.flatMap((edge) => withoutOptOut(edge.to, edge.path, seen, checked));
  return [
    {
      at: checked.source.at(path),
      what: `the opt-out key leads to "${to}", and nobody is opted out by then`,
      instead: "lead it to a menu with enter: opt-out",
    },
  ];
}
