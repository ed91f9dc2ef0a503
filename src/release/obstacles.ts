import { tellFault } from "#lib/fault.ts";
import type { CheckResult, Obstacles, TestsResult } from "./ports.ts";

/** How many of a kind are named; the rest is counted. */
const named = 10;

type Checked = Omit<CheckResult, "digest">;

/** Why files with this result are not published: every fault counts, and nobody can wave one through. Faults first. */
export const obstaclesTo = (checked: Checked): Obstacles => [
  ...some(seriousOf(checked).map(tellFault), "faults"),
  ...obstaclesBesideFaults(checked),
];

/** Those that are no fault of a file: tests, campaigns, the walk. */
export const obstaclesBesideFaults = (checked: Checked): Obstacles => [
  ...testObstacles(checked),
  ...some(checked.unspoken ?? [], "of campaigns"),
  ...walkObstacle(checked.walk),
];

const seriousOf = ({ faults }: Checked) => faults.filter(({ level }) => level === "fault");

/** While a flow has a fault, what its tests say is the fault again, many times over: a line for each flow then. */
function testObstacles(checked: Checked): string[] {
  const { tests } = checked;
  const faulty = seriousOf(checked).flatMap(
    ({ file }) => /^flows\/([^/]+?)(?:\.test)?\.yaml$/.exec(file)?.[1] ?? [],
  );
  if (faulty.length > 0) return testsInShort(tests, new Set(faulty));
  return [
    ...some(
      tests.failed.map((test) => `flow test failed: ${test}`),
      "flow tests",
    ),
    ...some(
      tests.uncovered.map((branch) => `no flow test goes this way: ${branch}`),
      "branches",
    ),
  ];
}

function testsInShort({ failed, uncovered }: TestsResult, faulty: ReadonlySet<string>): string[] {
  const flowOf = (told: string) => told.slice(0, told.indexOf(": "));
  const flows = new Set([...failed, ...uncovered].map(flowOf));
  return [...flows].map((flow) => {
    const of = (told: readonly string[]) => told.filter((one) => flowOf(one) === flow).length;
    const found = [
      counted(of(failed), "flow test fails", "flow tests fail"),
      counted(of(uncovered), "branch is not walked", "branches are not walked"),
    ];
    const why = faulty.has(flow)
      ? "as they may while it has a fault: mend that first"
      : "perhaps since a call goes on in a flow that has a fault: mend that first";
    return `of ${flow} ${found.filter((one) => one !== "").join(", and ")}, ${why}`;
  });
}

const counted = (count: number, one: string, many: string): string =>
  count === 0 ? "" : `${count} ${count === 1 ? one : many}`;

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
