import { tellFault } from "#lib/fault.ts";
import type { CheckResult, Obstacles } from "./ports.ts";

/** How many of a kind are named; the rest is counted. */
const named = 10;

/** Why files with this result are not published: every fault counts, and nobody can wave one through. */
export function obstaclesTo({ faults, tests, unspoken = [], walk }: Omit<CheckResult, "digest">): Obstacles {
  return [
    ...some(faults.filter(({ level }) => level === "fault").map(tellFault), "faults"),
    ...some(
      tests.failed.map((test) => `flow test failed: ${test}`),
      "flow tests",
    ),
    ...some(
      tests.uncovered.map((branch) => `no flow test goes this way: ${branch}`),
      "branches",
    ),
    ...some(unspoken, "of campaigns"),
    ...walkObstacle(walk),
  ];
}

function walkObstacle(walk: CheckResult["walk"]): Obstacles {
  if (walk === null)
    return [
      "these files were not walked on a rehearsal's Asterisk yet: hearback flow walk --draft, or Walk it now on the draft's page",
    ];
  return walk.passed ? [] : ["the last walk of these files on a rehearsal's Asterisk failed"];
}

const some = (obstacles: string[], of: string): string[] =>
  obstacles.length <= named
    ? obstacles
    : [...obstacles.slice(0, named), `and ${obstacles.length - named} more ${of}`];
