/** Part 1: what a call costs, beside the same call by Asterisk alone. */
import { type Batch, batchByDialplan, batchByHearback } from "../calls/batch.ts";
import { type House, raiseHouse, type Spent, since } from "../calls/house.ts";
import type { Bench, Figure, Measured, Part } from "../part.ts";
import { median } from "../statistics.ts";

interface Round {
  dialplan: Batch;
  hearback: Batch;
}

const levelsOf = (quick: boolean) => (quick ? [10] : [10, 50, 100, 200]);
const storyMs = 8_000;

export const cost: Part = {
  ...{ number: 1, name: "cost", title: "What a call costs beside a plain dialplan" },
  method: [
    "The same call is made by Hearback, with all its care (keys committed, the story verified and kept), and by a dialplan that only plays, reads and records: greeting, question, a key, two prompts, a story of 8 s, thanks.",
    "Both take turns on the same Asterisk in the same run, with so many calls at once, and twice as many in all.",
    "Seconds of CPU are the kernel's (/proc) of each process and all that it started, from the first call to the last story kept; the middle of the rounds is told.",
  ],
  limits: [
    "Nearly all of it is Asterisk's handling of 100 packets a second and call, so a call of twice the length costs twice as much, with Hearback or without; what Hearback adds is by the call and not by its length.",
    "With few calls, what the programs cost when idle is in the figures too.",
  ],
  run: async (bench) => {
    const levels = levelsOf(bench.quick);
    const house = await raiseHouse(bench, { maxCalls: Math.max(...levels) });
    // What is done once (modules, prepared statements, caches) is not a call's.
    await batchByHearback(house, orderOf(bench, bench.quick ? 2 : 50));
    const before = house.cpu();
    const rounds = new Map<number, Round[]>();
    for (const level of levels) rounds.set(level, await roundsAt(house, bench, level));
    return tell(rounds, since(house.cpu(), before));
  },
};

const orderOf = ({ signal }: Bench, atOnce: number) => ({
  ...{ calls: atOnce * 2, atOnce, perSecond: Math.max(1, atOnce / 8), storyMs, signal },
});

async function roundsAt(house: House, bench: Bench, level: number): Promise<Round[]> {
  const order = { ...orderOf(bench, level), ...(bench.quick ? { calls: level } : {}) };
  const rounds: Round[] = [];
  const count = bench.quick ? 1 : level < 50 ? 5 : 3;
  for (let round = 1; round <= count; round++) {
    bench.progress(`${level} at once, round ${round} of ${count}, dialplan`);
    const dialplan = await batchByDialplan(house, order);
    bench.progress(`${level} at once, round ${round} of ${count}, Hearback`);
    rounds.push({ dialplan, hearback: await batchByHearback(house, order) });
  }
  return rounds;
}

/** By the call, in milliseconds. */
const perCall = ({ cpu, calls }: Batch, whose: keyof Spent): number => (cpu[whose] * 1000) / calls.length;

function tell(rounds: ReadonlyMap<number, Round[]>, cpuSeconds: Record<string, number>): Measured {
  const figures: Figure[] = [];
  const lines: Record<string, [number, number][]> = {};
  const note = (name: string, level: number, value: number) => {
    lines[name] = [...(lines[name] ?? []), [level, value]];
  };
  for (const [level, made] of rounds) {
    const of = (value: (round: Round) => number) => median(made.map(value));
    const alone = of(({ dialplan }) => perCall(dialplan, "asterisk"));
    const asterisk = of(({ hearback }) => perCall(hearback, "asterisk"));
    const share = of((round) => perCall(round.hearback, "asterisk") / perCall(round.dialplan, "asterisk"));
    const node = of(({ hearback }) => perCall(hearback, "node"));
    const postgres = of(({ hearback }) => perCall(hearback, "postgres"));
    const whole = of(
      ({ hearback, dialplan }) =>
        (["asterisk", "node", "postgres"] as const).reduce(
          (sum, whose) => sum + perCall(hearback, whose),
          0,
        ) / perCall(dialplan, "asterisk"),
    );
    const at = `${level} at once`;
    figures.push(
      { name: `Asterisk, dialplan alone, ${at}`, value: alone, unit: "ms a call" },
      { name: `Asterisk, Hearback, ${at}`, value: asterisk, unit: "ms a call" },
      { name: `Asterisk, times the dialplan's, ${at}`, value: share, unit: "", goal: { atMost: 1.05 } },
      { name: `Node, ${at}`, value: node, unit: "ms a call", goal: { atMost: 6 } },
      { name: `Postgres, ${at}`, value: postgres, unit: "ms a call", goal: { atMost: 5 } },
      { name: `all, times the dialplan's, ${at}`, value: whole, unit: "", goal: { atMost: 1.25 } },
    );
    note("dialplan alone", level, alone);
    note("Asterisk, with Hearback", level, asterisk);
    note("Node", level, node);
    note("Postgres", level, postgres);
  }
  const batches = [...rounds.values()].flat().flatMap(({ dialplan, hearback }) => [dialplan, hearback]);
  const broken = batches.flatMap(({ calls }) => calls).filter(({ whole }) => !whole).length;
  return {
    figures: [
      { name: "calls that were not heard out", value: broken, unit: "", goal: { atMost: 0 } },
      ...figures,
    ],
    cpuSeconds,
    charts: [
      {
        ...{ name: "1-cost", title: "CPU by the call", x: "calls at once", y: "ms of CPU a call" },
        series: Object.entries(lines).map(([name, points]) => ({ name, points })),
      },
    ],
    notes: [],
  };
}
