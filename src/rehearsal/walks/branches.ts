import type { Flow } from "#flow/definition.ts";
import { tellWay, wayKey, waysOf } from "#walk/coverage.ts";
import { type Question, saidBackToo } from "#walk/walk-script.ts";
import type { PlannedWalk } from "./planned-walk.ts";

/** Something that somebody must do in a walk. */
export interface Need {
  /** For whoever reads that nobody did. */
  words: string;
  /** By which it is done; else its branch has to be covered by a flow test. */
  remedy?: string;
}

/** "fft story-limit key 2" */
export const branchAt = (flow: string, step: string, on: string): string => `${flow} ${wayKey(step, on)}`;
export const optOutIn = (flow: string): string => `${flow} opt-out key`;
export const hangUpIn = (flow: string): string => `${flow} hang-up`;
/** @param question where a number is said back */
export const keyedAgainAt = ({ flow, step }: Question): string => `${flow} ${step} again`;
/** By which somebody says that what was said back is not what they meant. */
export const againKey = "2";

/**
 * What must be walked of a flow.
 * @param excused by `branchAt`: ways that cannot be taken
 */
export function branchesOf(flow: Flow, excused: ReadonlySet<string>): [element: string, need: Need][] {
  const name = flow.flow;
  const optOutKey = flow.everywhere.optOut.key;
  const ways = waysOf(flow).filter(({ step, on }) => !excused.has(branchAt(name, step, on)));
  const saidBack = Object.entries(flow.steps).filter(([, step]) => step.kind === "digits" && step.readBack);
  return [
    ...ways.map((way): [string, Need] => [
      branchAt(name, way.step, way.on),
      { words: `${name}: ${tellWay(way)}` },
    ]),
    ...saidBack.map(([step]): [string, Need] => [
      keyedAgainAt({ flow: name, step: `${step}${saidBackToo}` }),
      {
        words: `${name}: step ${step}, what was keyed is said back, and keyed again`,
        remedy: `a flow test that presses ${againKey} when it is said back covers it`,
      },
    ]),
    [
      optOutIn(name),
      {
        words: `${name}: somebody opts out by ${optOutKey}`,
        remedy: `a flow test that presses ${optOutKey} covers it`,
      },
    ],
    [
      hangUpIn(name),
      {
        words: `${name}: somebody hangs up in the middle`,
        remedy: "a flow test with { hangUp: true } covers it",
      },
    ],
  ];
}

/** Of them those that a call takes. */
export const branchesIn = ({ flow, script, ways, pressed }: BranchesTaken): string[] => [
  ...ways.map((way) => (way.on === null ? optOutIn(way.flow) : branchAt(way.flow, way.from, way.on))),
  ...pressed.flatMap((press) =>
    press.step.endsWith(saidBackToo) && press.digit === againKey ? [keyedAgainAt(press)] : [],
  ),
  ...(script.call.some((act) => "hangUp" in act) ? [hangUpIn(flow.flow)] : []),
];

export type BranchesTaken = Pick<PlannedWalk, "flow" | "script" | "ways" | "pressed">;
