import type { Path } from "#lib/yaml-source.ts";
import { type Flow, specialTargets } from "../definition.ts";
import { edgesOf } from "../edges.ts";

/** A place in the file that names a step. */
export interface Target {
  to: string;
  path: Path;
}

/** Where a call may come in: at its start, after a key that acts everywhere, or going on with an earlier call. */
export const beginnings = (flow: Flow): Target[] => [
  { to: flow.start, path: ["start"] },
  { to: flow.everywhere.optOut.next, path: ["everywhere", "optOut", "next"] },
  ...(flow.limits ? [{ to: flow.limits.next, path: ["limits", "next"] }] : []),
  ...(flow.carryOn ?? []).map(({ at }, i) => ({ to: at, path: ["carryOn", i, "at"] })),
];

/** Those, and where a call goes by what the flow says for all its steps. */
export const roots = (flow: Flow): Target[] => [
  ...beginnings(flow),
  { to: flow.unanswered, path: ["unanswered"] },
  ...(flow.limits ? [{ to: flow.limits.next, path: ["limits", "next"] }] : []),
];

/** Every place that names a step. */
export const targetsIn = (flow: Flow): Target[] => [
  ...roots(flow),
  ...Object.keys(flow.steps).flatMap((name) => edgesOf(flow, name).filter(({ path }) => path.length > 0)),
];

export const isSpecial = (target: string): boolean => (specialTargets as readonly string[]).includes(target);

/** All steps that can be come to from these, themselves among them. */
export function reachableFrom(flow: Flow, from: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const waiting = [...from];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name) || !flow.steps[name]) continue;
    reached.add(name);
    waiting.push(...edgesOf(flow, name).map(({ to }) => to));
  }
  return reached;
}
