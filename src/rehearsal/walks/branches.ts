import type { Flow } from "#flow/definition.ts";
import { tellWay, wayKey, waysOf } from "#walk/coverage.ts";
import { saidBackToo } from "#walk/walk-script.ts";
import type { PlannedWalk } from "./planned-walk.ts";

/** "fft story-limit key 2" */
export const branchAt = (flow: string, step: string, on: string): string => `${flow} ${wayKey(step, on)}`;
const optOutIn = (flow: string): string => `${flow} opt-out key`;
const hangUpIn = (flow: string): string => `${flow} hang-up`;
const keyedAgainIn = (flow: string, step: string): string => `${flow} ${step}${saidBackToo} again`;
/** By which somebody says that what was said back is not what they meant. */
const againKey = "2";

/**
 * What must be walked of a flow, with words for whoever reads that nobody did.
 * @param excused by `branchAt`: ways that cannot be taken
 */
export function branchesOf(flow: Flow, excused: ReadonlySet<string>): [element: string, words: string][] {
  const name = flow.flow;
  const ways = waysOf(flow).filter(({ step, on }) => !excused.has(branchAt(name, step, on)));
  const saidBack = Object.entries(flow.steps).filter(([, step]) => step.kind === "digits" && step.readBack);
  return [
    ...ways.map((way): [string, string] => [branchAt(name, way.step, way.on), `${name}: ${tellWay(way)}`]),
    ...saidBack.map(([step]): [string, string] => [
      keyedAgainIn(name, step),
      `${name}: step ${step}, what was keyed is said back, and keyed again`,
    ]),
    [optOutIn(name), `${name}: somebody opts out by ${flow.everywhere.optOut.key}`],
    [hangUpIn(name), `${name}: somebody hangs up in the middle`],
  ];
}

/** Of them those that a call takes. */
export const branchesIn = ({ flow, script, ways, pressed }: BranchesTaken): string[] => [
  ...ways.map((way) => (way.on === null ? optOutIn(way.flow) : branchAt(way.flow, way.from, way.on))),
  ...pressed.flatMap(({ flow: where, step, digit }) =>
    step.endsWith(saidBackToo) && digit === againKey
      ? [keyedAgainIn(where, step.slice(0, -saidBackToo.length))]
      : [],
  ),
  ...(script.call.some((act) => "hangUp" in act) ? [hangUpIn(flow.flow)] : []),
];

export type BranchesTaken = Pick<PlannedWalk, "flow" | "script" | "ways" | "pressed">;
