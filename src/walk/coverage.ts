import type { Flow } from "#flow/definition.ts";
import { edgesOf } from "#flow/edges.ts";
import type { CannotHappen } from "./flow-test.ts";

/** One way out of a step, as edges.ts names it. */
export interface Way {
  step: string;
  on: string;
  to: string;
}

/** Every way out of every step: what must be walked. */
export const waysOf = (flow: Flow): Way[] =>
  Object.keys(flow.steps).flatMap((step) => edgesOf(flow, step).map(({ on, to }) => ({ step, on, to })));

/** "step story-limit, key 2 (to review)" */
export const tellWay = ({ step, on, to }: Way): string => `step ${step}, ${on} (to ${to})`;

export const wayKey = (step: string, on: string): string => `${step} ${on}`;

export interface Coverage {
  ways: number;
  uncovered: Way[];
  /** Ways that the test file says cannot be taken, and nobody took. */
  excused: CannotHappen[];
  /** Those that were taken all the same, or that there are not: numbers in the file's list. */
  falselyExcused: number[];
}

/** @param taken `wayKey` of the ways that were taken */
export function coverageOf(
  flow: Flow,
  taken: ReadonlySet<string>,
  cannotHappen: readonly CannotHappen[],
): Coverage {
  const ways = waysOf(flow);
  const known = new Set(ways.map(({ step, on }) => wayKey(step, on)));
  const keyOf = ({ step, on }: { step: string; on: string }) => wayKey(step, on);
  const holds = (excuse: CannotHappen) => known.has(keyOf(excuse)) && !taken.has(keyOf(excuse));
  const excused = cannotHappen.filter(holds);
  const excusedKeys = new Set(excused.map(keyOf));
  return {
    ways: ways.length,
    uncovered: ways.filter((way) => !taken.has(keyOf(way)) && !excusedKeys.has(keyOf(way))),
    excused,
    falselyExcused: cannotHappen.flatMap((excuse, i) => (holds(excuse) ? [] : [i])),
  };
}
