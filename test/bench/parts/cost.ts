/** Part 1: what a call costs, beside the same call by Asterisk alone. */
import type { Batch } from "../calls/batch.ts";
import { type Duel, duel, type Turns, warmUpBoth } from "../calls/duel.ts";
import { raiseHouse, type Spent, since } from "../calls/house.ts";
import { storyMs } from "../calls/the-call.ts";
import type { Figure, Measured, Part } from "../part.ts";
import { median } from "../statistics.ts";

/** Whose turn is first alternates from one level to the next, and within the greatest. */
const levels: readonly [atOnce: number, turns: Turns][] = [
  [10, "BA"],
  [50, "AB"],
  [100, "BA"],
  [200, "ABBA"],
];

export const cost: Part = {
  ...{ number: 1, name: "cost", title: "What a call costs beside a plain dialplan" },
  method: [
    `The same call is made by Hearback, with all its care (keys committed, the story verified and kept), and by a dialplan that only plays, reads and records: greeting, question, a key, two prompts, a story of ${storyMs / 1000} s, thanks.`,
    `Both take turns on the same Asterisk in the same run, after a warm-up, with so many calls at once and as many in all, in the order ${levels.map(([atOnce, turns]) => `${turns} at ${atOnce}`).join(", ")}, where A is the dialplan.`,
    "Seconds of CPU are the kernel's (/proc) of each process and all that it started, from the first call to the last story kept; the middle of the turns is told.",
  ],
  limits: [
    "Nearly all of it is Asterisk's handling of 100 packets a second and call, so a call of twice the length costs twice as much, with Hearback or without; what Hearback adds is by the call and not by its length.",
    "With few calls, what the programs cost when idle is in the figures too.",
  ],
  run: async (bench) => {
    const wanted = bench.quick ? ([[10, "AB"]] as const) : levels;
    const house = await raiseHouse(bench, { maxCalls: Math.max(...wanted.map(([atOnce]) => atOnce)) });
    await warmUpBoth(house, bench);
    const before = house.cpu();
    const duels = new Map<number, Duel>();
    for (const [atOnce, turns] of wanted) {
      const made = await duel(house, bench, atOnce, turns);
      duels.set(atOnce, made);
      bench.duels.set(atOnce, made);
    }
    return tell(duels, since(house.cpu(), before));
  },
};

const measuredOf = ["asterisk", "node", "postgres"] as const;

/** By the call, in milliseconds. */
const perCall = ({ cpu, calls }: Batch, whose: keyof Spent): number => (cpu[whose] * 1000) / calls.length;

/** The turns' middle. */
function costOf({ dialplan, hearback }: Duel) {
  const alone = median(dialplan.map((batch) => perCall(batch, "asterisk")));
  const [asterisk, node, postgres] = measuredOf.map((whose) =>
    median(hearback.map((batch) => perCall(batch, whose))),
  ) as [number, number, number];
  return { alone, asterisk, node, postgres };
}

function tell(duels: ReadonlyMap<number, Duel>, cpuSeconds: Record<string, number>): Measured {
  const costs = [...duels].map(([atOnce, made]) => ({ atOnce, ...costOf(made) }));
  const line = (name: string, value: (cost: (typeof costs)[number]) => number) => ({
    name,
    points: costs.map((cost): [number, number] => [cost.atOnce, value(cost)]),
  });
  const batches = [...duels.values()].flatMap(({ dialplan, hearback }) => [...dialplan, ...hearback]);
  const broken = batches.flatMap(({ calls }) => calls).filter(({ whole }) => !whole).length;
  return {
    figures: [
      { name: "calls that were not heard out", value: broken, unit: "", goal: { atMost: 0 } },
      ...costs.flatMap(figuresOf),
    ],
    cpuSeconds,
    charts: [
      {
        ...{ name: "1-cost", title: "CPU by the call", x: "calls at once", y: "ms of CPU a call" },
        series: [
          line("dialplan alone", ({ alone }) => alone),
          line("Asterisk, Hearback", ({ asterisk }) => asterisk),
          line("Node", ({ node }) => node),
          line("Postgres", ({ postgres }) => postgres),
        ],
      },
    ],
    notes: [],
  };
}

function figuresOf(cost: { atOnce: number } & ReturnType<typeof costOf>): Figure[] {
  const { atOnce, alone, asterisk, node, postgres } = cost;
  const at = `${atOnce} at once`;
  return [
    { name: `Asterisk, dialplan alone, ${at}`, value: alone, unit: "ms a call" },
    { name: `Asterisk, Hearback, ${at}`, value: asterisk, unit: "ms a call" },
    {
      ...{ name: `Asterisk, times the dialplan's, ${at}`, value: asterisk / alone, unit: "" },
      goal: { atMost: 1.05 },
    },
    { name: `Node, ${at}`, value: node, unit: "ms a call", goal: { atMost: 6 } },
    { name: `Postgres, ${at}`, value: postgres, unit: "ms a call", goal: { atMost: 5 } },
    {
      ...{ name: `all, times the dialplan's, ${at}`, value: (asterisk + node + postgres) / alone, unit: "" },
      goal: { atMost: 1.25 },
    },
  ];
}
