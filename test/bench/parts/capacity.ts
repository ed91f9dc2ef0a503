/** Part 3: how many calls at once, and how many a second. */
import { warmUp } from "../calls/duel.ts";
import { type House, raiseHouse, since } from "../calls/house.ts";
import {
  graceMs,
  measureSetUpRate,
  orders,
  peakSeconds,
  peakShare,
  stepSeconds,
} from "../calls/set-up-rate.ts";
import { isGood, jitterMs, leastLikeness, makeStep, type Step, tellLimit } from "../calls/step.ts";
import { storyMs } from "../calls/the-call.ts";
import type { Bench, Chart, Figure, Part } from "../part.ts";

const goal = 200;
const stepCalls = 100;
/** As many as a campaign can be set to. */
const mostAtOnce = 1_000;

export const capacity: Part = {
  ...{ number: 3, name: "capacity", title: "How far it goes on one machine" },
  method: [
    `Short calls (greeting, question, key, hang-up), so many a second as are ordered (${orders.join(", ")}) for ${stepSeconds} s each, until fewer than 19 of 20 of these are answered in time or a rating is wrong; then for ${peakSeconds / 60} minutes ${peakShare * 100} % of the last pace that held (25 a second at least). In time is what is answered within so many seconds of the first answer, and ${graceMs / 1000} s; what is told is how many of these there were, by the second, and of the ramp only what held.`,
    `Then a ramp of whole calls: ${goal} at once and as many in all, and ${stepCalls} more each time until something is not as it must be (${stepCalls / 2} fewer each time where ${goal} are too many).`,
    `What must be: every rating in the database is the key that was pressed; every story is what was told (correlation over ${leastLikeness} over all its samples, silence where one is missing); everybody heard the call to its end; 99 of 100 packets came within ${jitterMs} ms of when they should, by the one before.`,
  ],
  limits: [
    "Both ends of each call are on the machine, so a machine that only runs Hearback goes further.",
    "Calls at once are bounded by Asterisk's handling of packets, which grows with the cores and the nodes; calls a second by the commits of Postgres, and by the dialler's looking five times a second.",
  ],
  run: async (bench) => {
    const house = await raiseHouse(bench, { maxCalls: bench.quick ? 40 : mostAtOnce });
    await warmUp(house, bench);
    const before = house.cpu();
    const rate = await measureSetUpRate(house, bench);
    const steps = await ramp((level) => stepAt(house, bench, level), bench.quick);
    const good = steps.filter(isGood).at(-1);
    const reached: Figure = {
      ...{ name: "calls at once, all as it must be", value: good?.most ?? 0, unit: "" },
      ...(bench.quick ? {} : { goal: { atLeast: goal } }),
    };
    const told = good ?? steps.find(({ failure }) => failure === null);
    return {
      figures: [...rate.figures, reached, ...(told ? figuresOf(told) : [])],
      cpuSeconds: since(house.cpu(), before),
      charts: [rate.chart, chartOf(steps)],
      notes: [...rate.notes, ...steps.filter((step) => !isGood(step)).map(tellLimit)],
    };
  },
};

/** Upwards until a level fails; where the first does, downwards until one holds. In ascending order. */
async function ramp(stepOf: (level: number) => Promise<Step>, quick: boolean): Promise<Step[]> {
  if (quick) return [await stepOf(20)];
  const steps = [await stepOf(goal)];
  const up = isGood(steps[0]!);
  for (let level = goal; ; ) {
    level += up ? stepCalls : -stepCalls / 2;
    if (level <= 0 || level > mostAtOnce) break;
    const step = await stepOf(level);
    steps.push(step);
    if (isGood(step) !== up) break;
  }
  return steps.toSorted((a, b) => a.atOnce - b.atOnce);
}

function stepAt(house: House, bench: Bench, atOnce: number): Promise<Step> {
  bench.progress(`${atOnce} at once`);
  // The last of them are up before the first has ended.
  const order = { calls: atOnce, atOnce, perSecond: Math.max(2, atOnce / 12), storyMs, signal: bench.signal };
  return makeStep(house, order);
}

function figuresOf({ atOnce, jitterP99Ms, lost, wrongRatings, brokenStories }: Step): Figure[] {
  const at = `${atOnce} at once`;
  return [
    { name: `jitter, p99, ${at}`, value: jitterP99Ms, unit: "ms", goal: { atMost: jitterMs } },
    { name: `packets lost, ${at}`, value: lost, unit: "" },
    { name: `wrong ratings, ${at}`, value: wrongRatings, unit: "", goal: { atMost: 0 } },
    { name: `stories not whole, ${at}`, value: brokenStories, unit: "", goal: { atMost: 0 } },
  ];
}

const chartOf = (steps: readonly Step[]): Chart => ({
  ...{ name: "3-jitter", title: "Jitter by calls at once", x: "calls at once", y: "ms", goalY: jitterMs },
  series: [
    {
      name: "99th percentile",
      points: steps.map(({ most, jitterP99Ms }): [number, number] => [most, jitterP99Ms]),
    },
  ],
});
