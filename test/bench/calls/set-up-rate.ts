/** How many short calls (greeting, question, key, hang-up) a second: by a ramp, and then for as long as a peak lasts. */
import type { Bench, Chart, Figure } from "../part.ts";
import { type Batch, batchByHearback } from "./batch.ts";
import type { House } from "./house.ts";
import { keptCalls } from "./kept.ts";

/** Our estimate of the peak of all FFT calls in England. */
export const englandPerSecond = 24;
/** 100 is the most that a campaign can be set to. */
export const orders: readonly number[] = [25, 35, 50, 70, 100];
export const stepSeconds = 8;
export const peakSeconds = 600;
/** Of what the last good step of the ramp ordered, so that there is room for what else comes up in ten minutes. */
export const peakShare = 0.8;

export interface RateStep {
  ordered: number;
  /** Answered a second, from the first to the last. */
  perSecond: number;
  /** Of the calls, whose rating in the database is not the key that was pressed. */
  wrong: number;
}

/** As many as were ordered, near enough, and each as it must be. */
export const held = ({ ordered, perSecond, wrong }: RateStep): boolean =>
  perSecond >= ordered * 0.95 && wrong === 0;

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
    notes: [tellEnd(steps)],
    chart: chartOf(steps),
  };
}

async function stepAt(house: House, { signal, progress }: Bench, ordered: number, seconds: number) {
  progress(`${ordered} short calls a second for ${seconds} s`);
  const order = { calls: seconds * ordered, atOnce: ordered * 10, perSecond: ordered, storyMs: 0, signal };
  const batch = await batchByHearback(house, order);
  const kept = await keptCalls(house, batch.campaignId!);
  const wrong = order.calls - kept.filter(({ rated }) => rated).length;
  return { ordered, perSecond: rateOf(batch), wrong };
}

function rateOf({ calls }: Batch): number {
  const times = calls.map(({ answeredAtMs }) => answeredAtMs).toSorted((a, b) => a - b);
  return ((times.length - 1) * 1000) / (times.at(-1)! - times[0]!);
}

function figuresOf(steps: readonly RateStep[], peak: RateStep, seconds: number, quick: boolean): Figure[] {
  return [
    {
      name: `most calls set up a second, over ${stepSeconds} s`,
      ...{ value: Math.max(...steps.map(({ perSecond }) => perSecond)), unit: "" },
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
  const came = `${last.perSecond.toFixed(1)} a second were set up and ${last.wrong} ratings were wrong`;
  return held(last)
    ? `The ramp of short calls ended at ${last.ordered} a second without failing: ${came}.`
    : `The ramp of short calls failed at ${last.ordered} a second: ${came}.`;
}

const chartOf = (steps: readonly RateStep[]): Chart => ({
  ...{ name: "3-set-up", title: "Short calls set up", x: "ordered a second", y: "answered a second" },
  goalY: englandPerSecond,
  series: [
    { name: "Hearback", points: steps.map(({ ordered, perSecond }) => [ordered, perSecond]) },
    { name: "as ordered", points: steps.map(({ ordered }) => [ordered, ordered]) },
  ],
});
