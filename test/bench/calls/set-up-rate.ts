/** How many short calls (greeting, question, key, hang-up) a second: by a ramp, and then for as long as a peak lasts. */
import { messageOf } from "#lib/errors.ts";
import type { Bench, Chart, Figure } from "../part.ts";
import { batchByHearback } from "./batch.ts";
import type { House } from "./house.ts";
import { keptCalls } from "./kept.ts";
import type { CallTimes } from "./survey-call.ts";

/** Our estimate of the peak of all FFT calls in England. */
export const englandPerSecond = 24;
/** 100 is the most that a campaign can be set to. */
export const orders: readonly number[] = [25, 35, 50, 70, 100];
export const stepSeconds = 8;
export const peakSeconds = 600;
/** A call is in time that is answered this long after the pace's last second: the dialler looks five times a second. */
export const graceMs = 250;
/** Of what the last good step of the ramp ordered, so that there is room for what else comes up in ten minutes. */
export const peakShare = 0.8;

export interface RateStep {
  ordered: number;
  /** Answered in time, by the second that the pace was to last. */
  perSecond: number;
  /** Of the calls, whose rating in the database is not the key that was pressed. */
  wrong: number;
  /** Why the calls did not come to an end, and all count as wrong; null where they did. */
  failure: string | null;
}

export interface RateOrder {
  /** A second. */
  ordered: number;
  seconds: number;
  signal: AbortSignal;
}

/** As many as were ordered, near enough, and each as it must be. */
export const held = ({ ordered, perSecond, wrong, failure }: RateStep): boolean =>
  failure === null && perSecond >= ordered * 0.95 && wrong === 0;

/** @param steps in the order in which they were made, the last of which failed unless all held */
export function peakOrderOf(steps: readonly RateStep[]): number {
  const best = steps.filter(held).at(-1)?.ordered ?? 0;
  return Math.max(englandPerSecond + 1, Math.floor(best * peakShare));
}

export async function measureSetUpRate(house: House, bench: Bench) {
  const steps: RateStep[] = [];
  for (const ordered of bench.quick ? [4] : orders) {
    steps.push(await stepAt(house, bench, ordered, stepSeconds));
    if (!held(steps.at(-1)!)) break;
  }
  const seconds = bench.quick ? stepSeconds : peakSeconds;
  const peak = bench.quick ? steps[0]! : await stepAt(house, bench, peakOrderOf(steps), seconds);
  return {
    figures: figuresOf(steps, peak, seconds, bench.quick),
    notes: [tellEnd(steps), ...(peak.failure === null ? [] : [tellFailure("The peak", peak)])],
    chart: chartOf(steps),
  };
}

function stepAt(house: House, { signal, progress }: Bench, ordered: number, seconds: number) {
  progress(`${ordered} short calls a second for ${seconds} s`);
  const order = { calls: seconds * ordered, atOnce: ordered * 10, perSecond: ordered, storyMs: 0, signal };
  return makeRateStep({ ordered, seconds, signal }, async () => {
    const batch = await batchByHearback(house, order);
    const kept = await keptCalls(house, batch.campaignId!);
    return { answered: batch.calls, rated: kept.filter(({ rated }) => rated).length };
  });
}

interface MadeCalls {
  answered: readonly Pick<CallTimes, "answeredAtMs">[];
  /** How many have the rating that was pressed. */
  rated: number;
}

/** Throws only where somebody interrupts: a pace that is too high is what the ramp looks for. */
export async function makeRateStep(order: RateOrder, make: () => Promise<MadeCalls>): Promise<RateStep> {
  const { ordered, seconds, signal } = order;
  const calls = ordered * seconds;
  try {
    const { answered, rated } = await make();
    const perSecond = inTime(answered, seconds) / seconds;
    return { ordered, perSecond, wrong: calls - rated, failure: null };
  } catch (thrown) {
    signal.throwIfAborted();
    return { ordered, perSecond: 0, wrong: calls, failure: messageOf(thrown) };
  }
}

/** From the first answer on; so one that comes late is one that is missing, and no longer time for all. */
function inTime(answered: MadeCalls["answered"], seconds: number): number {
  const times = answered.map(({ answeredAtMs }) => answeredAtMs);
  const until = times.reduce((first, time) => Math.min(first, time), Infinity) + seconds * 1000 + graceMs;
  return times.filter((time) => time <= until).length;
}

/** @param steps of the ramp @param seconds for which the peak was to last */
export function figuresOf(
  steps: readonly RateStep[],
  peak: RateStep,
  seconds: number,
  quick: boolean,
): Figure[] {
  const best = Math.max(0, ...steps.filter(held).map(({ perSecond }) => perSecond));
  return [
    {
      name: `most calls set up a second, over ${stepSeconds} s`,
      ...{ value: best, unit: "" },
    },
    {
      ...{ name: `calls set up a second, over ${seconds} s`, value: peak.perSecond, unit: "" },
      ...(quick ? {} : { goal: { atLeast: englandPerSecond } }),
    },
    { name: "wrong ratings among them", value: peak.wrong, unit: "", goal: { atMost: 0 } },
  ];
}

function tellEnd(steps: readonly RateStep[]): string {
  const last = steps.at(-1)!;
  if (last.failure !== null) return tellFailure("The ramp of short calls", last);
  const came = `${last.perSecond.toFixed(1)} a second were set up and ${last.wrong} ratings were wrong`;
  return held(last)
    ? `The ramp of short calls ended at ${last.ordered} a second without failing: ${came}.`
    : `The ramp of short calls failed at ${last.ordered} a second: ${came}.`;
}

const tellFailure = (what: string, { ordered, failure }: RateStep): string =>
  `${what} failed at ${ordered} a second: ${failure}.`;

const chartOf = (steps: readonly RateStep[]): Chart => ({
  ...{ name: "3-set-up", title: "Short calls set up", x: "ordered a second", y: "answered a second" },
  goalY: englandPerSecond,
  series: [
    { name: "Hearback", points: steps.map(({ ordered, perSecond }) => [ordered, perSecond]) },
    { name: "as ordered", points: steps.map(({ ordered }) => [ordered, ordered]) },
  ],
});
