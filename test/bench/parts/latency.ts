/** Part 2: how fast a call is answered, beside the same call by Asterisk alone. */
import { type Duel, duel, warmUpBoth } from "../calls/duel.ts";
import { raiseHouse } from "../calls/house.ts";
import type { CallTimes } from "../calls/survey-call.ts";
import { handsetPauseMs } from "../calls/the-call.ts";
import type { Bench, Chart, Figure, Part } from "../part.ts";
import { curveOf, distributionOf } from "../statistics.ts";

interface Interval {
  name: string;
  of(call: CallTimes): number | null;
  /** Of Hearback's 99th percentile. */
  atMostMs?: number;
  /** Of Hearback's 50th percentile above the dialplan's. */
  aboveMs?: number;
}

const less = (ms: number | null, pauseMs: number) => (ms === null ? null : ms - pauseMs);
const intervals: readonly Interval[] = [
  {
    ...{ name: "key to next prompt", of: ({ keyToPromptMs }) => less(keyToPromptMs, handsetPauseMs) },
    ...{ atMostMs: 120, aboveMs: 10 },
  },
  { name: "# to thanks", of: ({ storyToThanksMs }) => less(storyToThanksMs, handsetPauseMs) },
  { name: "answer to first sound", of: ({ firstSoundMs }) => firstSoundMs, atMostMs: 300 },
  { name: "answer to first word said", of: ({ firstWordMs }) => firstWordMs, atMostMs: 1_000 },
  { name: "key to the prompt's last sound", of: ({ keyToStopMs }) => keyToStopMs },
];

export const latency: Part = {
  ...{ number: 2, name: "latency", title: "How fast a call is answered" },
  method: [
    "Taken at the far end, from the packets themselves: each 20 ms of every prompt carries its number, so that it is known where a prompt began, whichever of its packets is looked at.",
    "A key counts from the first packet that says that it was let go, an answer from the 200 OK.",
    `The handset's pause of ${handsetPauseMs} ms after a key is taken off; the dialplan has the same.`,
    "Dialplan and Hearback take turns in the order ABBA, after a warm-up, with so many calls at once; in a whole run they are the calls of part 1 with as many at once.",
  ],
  limits: [
    "Sound comes in packets of 20 ms: what is less than that apart cannot be told apart by a listener.",
    "The far end is on the same cores: how long it takes itself to look at a packet is in all figures, the dialplan's too.",
    "The word is the whole of “Hello”, which is some 0.4 s long.",
  ],
  run: async (bench) => {
    const atOnce = bench.quick ? 10 : 200;
    const { dialplan, hearback, cpu } = bench.duels.get(atOnce) ?? (await ownDuel(bench, atOnce));
    const calls = {
      dialplan: dialplan.flatMap((batch) => batch.calls),
      Hearback: hearback.flatMap((batch) => batch.calls),
    };
    return {
      figures: intervals.flatMap((interval) => figuresOf(interval, calls, atOnce)),
      cpuSeconds: cpu,
      charts: intervals.slice(0, 3).map((interval, i) => chartOf(interval, calls, i)),
      notes: [`${calls.Hearback.length} calls by Hearback and ${calls.dialplan.length} by the dialplan.`],
    };
  },
};

/** Where part 1 was not asked for. */
async function ownDuel(bench: Bench, atOnce: number): Promise<Duel> {
  const house = await raiseHouse(bench, { maxCalls: atOnce });
  await warmUpBoth(house, bench);
  return duel(house, bench, atOnce, bench.quick ? "AB" : "ABBA");
}

type Calls = Record<"dialplan" | "Hearback", CallTimes[]>;

const valuesOf = ({ of }: Interval, calls: readonly CallTimes[]): number[] =>
  calls.map(of).filter((value) => value !== null);

function figuresOf(interval: Interval, calls: Calls, atOnce: number): Figure[] {
  const { name, atMostMs, aboveMs } = interval;
  const ours = distributionOf(valuesOf(interval, calls.Hearback));
  const theirs = distributionOf(valuesOf(interval, calls.dialplan));
  const at = `${atOnce} at once`;
  const figure = (what: string, value: number, goal?: Figure["goal"]): Figure => ({
    ...{ name: `${name}, ${what}, ${at}`, value, unit: "ms" },
    ...(goal ? { goal } : {}),
  });
  return [
    figure("p50", ours.p50, aboveMs === undefined ? undefined : { atMost: theirs.p50 + aboveMs }),
    figure("p50, dialplan", theirs.p50),
    figure("p99", ours.p99, atMostMs === undefined ? undefined : { atMost: atMostMs }),
    figure("p99, dialplan", theirs.p99),
  ];
}

const chartOf = (interval: Interval, calls: Calls, index: number): Chart => ({
  ...{ name: `2-latency-${index + 1}`, title: interval.name, x: "ms", y: "share of calls" },
  ...(interval.atMostMs === undefined ? {} : { goalX: interval.atMostMs }),
  series: Object.entries(calls).map(([name, made]) => ({ name, points: curveOf(valuesOf(interval, made)) })),
});
