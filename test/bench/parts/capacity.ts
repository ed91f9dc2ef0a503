/** Part 3: how many calls at once, and how many a second. */
import { type Batch, batchByHearback } from "../calls/batch.ts";
import { type House, raiseHouse, since } from "../calls/house.ts";
import { keptCalls } from "../calls/kept.ts";
import { isGood, jitterMs, leastLikeness, makeStep, type Step, tellLimit } from "../calls/step.ts";
import type { Bench, Figure, Part } from "../part.ts";
import { distributionOf } from "../statistics.ts";

const storyMs = 8_000;
/** Our estimate of the peak of all FFT calls in England. */
const englandPerSecond = 24;

export const capacity: Part = {
  ...{ number: 3, name: "capacity", title: "How far it goes on one machine" },
  method: [
    "A ramp: so many calls at once, and half as many again in all; then more, until something is not as it must be.",
    `What must be: every rating in the database is the key that was pressed; every story is what was told (correlation over ${leastLikeness} over all its samples, silence where one is missing); everybody heard the call to its end; 99 of 100 packets came within ${jitterMs} ms of when they should, by the one before.`,
    "Then short calls (greeting, question, key, hang-up) at a steady pace: what is told is how many were answered a second, from the first to the last.",
  ],
  limits: [
    "Both ends of each call are on the machine, so a machine that only runs Hearback goes further.",
    "Calls at once are bounded by Asterisk's handling of packets, which grows with the cores and the nodes; calls a second by the commits of Postgres, and by the dialler's looking five times a second.",
  ],
  run: async (bench) => {
    const levels = bench.quick ? [20] : [100, 150, 200, 250, 300, 350, 400];
    const house = await raiseHouse(bench, { maxCalls: Math.max(...levels) });
    const before = house.cpu();
    const steps: Step[] = [];
    for (const level of levels) {
      bench.progress(`${level} at once`);
      steps.push(await stepAt(house, bench, level));
      if (!isGood(steps.at(-1)!)) break;
    }
    const good = steps.filter(isGood);
    const rate = await setUpRate(house, bench);
    const reached: Figure = {
      ...{ name: "calls at once, all as it must be", value: good.at(-1)?.most ?? 0, unit: "" },
      ...(bench.quick ? {} : { goal: { atLeast: 200 } }),
    };
    const series = [
      {
        name: "jitter, p99",
        points: steps.map(({ most, jitterP99Ms }) => [most, jitterP99Ms] as [number, number]),
      },
    ];
    return {
      figures: [reached, ...figuresOf(good.at(-1) ?? steps[0]!), ...rate],
      cpuSeconds: since(house.cpu(), before),
      charts: [
        {
          ...{ name: "3-jitter", title: "Jitter by calls at once", x: "calls at once", y: "ms" },
          ...{ goalY: jitterMs, series },
        },
      ],
      notes: steps.filter((step) => !isGood(step)).map(tellLimit),
    };
  },
};

function stepAt(house: House, { signal }: Bench, atOnce: number): Promise<Step> {
  // The last of them are up before the first has ended.
  const perSecond = Math.max(2, atOnce / 12);
  return makeStep(house, { calls: Math.ceil(atOnce * 1.5), atOnce, perSecond, storyMs, signal });
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

async function setUpRate(house: House, { quick, signal, progress }: Bench): Promise<Figure[]> {
  const seconds = quick ? 15 : 600;
  const perSecond = quick ? 4 : englandPerSecond + 1;
  progress(`${perSecond} short calls a second for ${seconds} s`);
  const order = { calls: seconds * perSecond, atOnce: perSecond * 10, perSecond, storyMs: 0, signal };
  const batch = await batchByHearback(house, order);
  const kept = await keptCalls(house, batch.campaignId!);
  const wrong = order.calls - kept.filter(({ rated }) => rated).length;
  return [
    {
      ...{ name: `calls set up a second, over ${seconds} s`, value: rateOf(batch), unit: "" },
      ...(quick ? {} : { goal: { atLeast: englandPerSecond } }),
    },
    { name: "wrong ratings among them", value: wrong, unit: "", goal: { atMost: 0 } },
  ];
}

function rateOf({ calls }: Batch): number {
  const times = calls.map(({ answeredAtMs }) => answeredAtMs);
  const { max } = distributionOf(times);
  return ((times.length - 1) * 1000) / (max - times.reduce((least, at) => Math.min(least, at), max));
}
