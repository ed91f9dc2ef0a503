/** How a flow fares, step by step: counted in SQL (0033_trail.sql), joined with the flow's drawing here. Pure. */
import type { Flow } from "#flow/definition.ts";
import { edgesOf } from "#flow/edges.ts";

/** Which calls count. `from` counts, `until` does not; null: all. */
export interface FigureFilter {
  flow: string;
  from: Date;
  until: Date;
  language: string | null;
  release: number | null;
  /** Local hour of the answer, 0 to 23. */
  hour: number | null;
}

export interface StepCount {
  step: string;
  /** That came to it. */
  calls: number;
  hungUp: number;
  /** Silence or wrong keys up to the last try. */
  unanswered: number;
  /** By no wish of theirs, or nobody knows. */
  brokeOff: number;
  /** The longest of the shorter half of stays; null where none is known whole. */
  medianMs: number | null;
}

export interface WayCount {
  step: string;
  leftBy: string;
  times: number;
}

export interface LiveCount {
  flow: string;
  step: string;
  language: string | null;
  calls: number;
}

export interface FlowCounts {
  steps: readonly StepCount[];
  ways: readonly WayCount[];
}

export interface StepFigures extends StepCount {
  /** On the telephone in it just now. */
  live: number;
  /** Calls that it lost: hung up in it, or left it unanswered; null where nothing is asked any more. */
  lost: number | null;
  /** Of those that came to it; null also where none did. */
  lossShare: number | null;
  /** Ways out, the most used first; all that the flow has, and what calls took besides. `share`: of all stays. */
  ways: { on: string; times: number; share: number }[];
  /** The flow has none such: calls of another release came to it. */
  gone: boolean;
}

/** In the order of the flow's file; steps that it has not come last. */
export function figuresOf(flow: Flow, counts: FlowCounts, live: readonly LiveCount[]): StepFigures[] {
  const names = Object.keys(flow.steps);
  const others = [...counts.steps, ...live.filter((each) => each.flow === flow.flow)]
    .map(({ step }) => step)
    .filter((step) => flow.steps[step] === undefined);
  return [...names, ...new Set(others)].map((step) => stepFigures(flow, step, counts, live));
}

function stepFigures(
  flow: Flow,
  step: string,
  { steps, ways }: FlowCounts,
  live: readonly LiveCount[],
): StepFigures {
  const none = { step, calls: 0, hungUp: 0, unanswered: 0, brokeOff: 0, medianMs: null };
  const count = steps.find((each) => each.step === step) ?? none;
  const lost = asksNothingMore(flow, step) ? null : count.hungUp + count.unanswered;
  return {
    ...count,
    live: live
      .filter((each) => each.flow === flow.flow && each.step === step)
      .reduce((sum, each) => sum + each.calls, 0),
    ...{ lost, lossShare: lost === null || count.calls === 0 ? null : Math.min(1, lost / count.calls) },
    ways: waysOf(flow, step, ways),
    gone: flow.steps[step] === undefined,
  };
}

function waysOf(flow: Flow, step: string, counts: readonly WayCount[]): StepFigures["ways"] {
  const taken = new Map(edgesOf(flow, step).map(({ on }) => [on, 0]));
  for (const { leftBy, times } of counts.filter((each) => each.step === step))
    taken.set(leftBy, (taken.get(leftBy) ?? 0) + times);
  const all = [...taken.values()].reduce((sum, times) => sum + times, 0);
  return [...taken]
    .map(([on, times]) => ({ on, times, share: all === 0 ? 0 : times / all }))
    .toSorted((one, other) => other.times - one.times);
}

/** Whoever hangs up while we say goodbye is not lost. */
export function asksNothingMore(flow: Flow, from: string): boolean {
  const seen = new Set<string>();
  const coming = [from];
  for (let step = coming.pop(); step !== undefined; step = coming.pop()) {
    if (step === "end" || seen.has(step)) continue;
    seen.add(step);
    const kind = flow.steps[step]?.kind;
    if (kind === undefined || kind !== "play") return false;
    coming.push(...edgesOf(flow, step).map(({ to }) => to));
  }
  return true;
}
