/** Part 5: how many calls more two Asterisks and two Hearbacks hold than one of each. */
import { isGood, jitterMs, keyToPromptMs, leastLikeness, tellLimit } from "../calls/step.ts";
import { handsetPauseMs } from "../calls/the-call.ts";
import type { Bench, Figure, Measured, Part } from "../part.ts";
import { type Climb, climb } from "../scale/climb.ts";
import { thisMachinesController } from "../scale/control-groups.ts";
import { raiseScaledHouse, type ScaledHouse, type ScaledStep, type Size } from "../scale/scaled-house.ts";

const cores = 0.2;
/** By which a Hearback that has too little shows: sound does not wait for it. */
const keyMs = 250;
const goal = 1.8;
const mostOnEach = 150;
/** Short, so that a climb takes a minute. */
const storyMs = 3_000;

const one: Size = { nodes: 1, apps: 1 };
const two: Size = { nodes: 2, apps: 2 };
/** One of each before two of each and after them: a machine is not as fast all the time. */
const turns: readonly Size[] = [one, two, one];
const allTurns: readonly Size[] = [one, two, { nodes: 2, apps: 1 }, { nodes: 1, apps: 2 }, two, one];

export const scaleOut: Part = {
  ...{ number: 5, name: "scale-out", title: "Two Asterisks and two Hearbacks, beside one of each" },
  method: [
    `Two Asterisks and two Hearbacks on one Postgres, each held to ${cores} of a core by a control group's quota, in periods of 100 ms, as Docker's --cpus does; Postgres and the far end are not held.`,
    "Of each kind one or both are in use: the second Asterisk is drained as staff would drain it, the second Hearback is stopped, and when it is started again makes a few calls first that do not count.",
    "For each size the calls at once (part 1's, with a story of 3 s) go up by a tenth until something gives (twice, for once may be chance), then half a step back. One of each is measured before two of each and after them; with `--large` all four sizes take turns, and two of each come twice, too. The mean is told.",
    `What must hold is what capacity asks (part 3): every rating right, every story whole (correlation over ${leastLikeness}), every call heard out, jitter's 99th percentile at most ${jitterMs} ms; and 95 of 100 keys are answered within ${keyMs} ms beyond the handset's pause.`,
  ],
  limits: [
    "What doubles the calls is the second of whichever kind is short; its CPU, and how often it was held back, tell which that is.",
    "Both Asterisks and both Hearbacks share the caches and the memory of one machine, and one Postgres: machines of their own share only Postgres.",
  ],
  obstacle: async () => {
    const controller = thisMachinesController();
    return "because" in controller ? controller.because : null;
  },
  run: async (bench) => {
    const house = await raiseScaledHouse(bench, mostOnEach, cores);
    return bench.quick ? runQuick(house, bench) : runWhole(house, bench);
  },
};

const nameOf = ({ nodes, apps }: Size): string =>
  `${nodes} Asterisk${nodes === 1 ? "" : "s"}, ${apps} Hearback${apps === 1 ? "" : "s"}`;

const holds = (step: ScaledStep): boolean =>
  isGood(step) && keyToPromptMs(step, 0.95) <= handsetPauseMs + keyMs;

/** Whether it works: how far it goes takes longer. */
async function runQuick(house: ScaledHouse, bench: Bench): Promise<Measured> {
  const made: Tried[] = [];
  for (const size of [two, one]) {
    const atOnce = size.nodes * 8;
    bench.progress(`${nameOf(size)}, ${atOnce} at once`);
    await house.use(size);
    const step = await house.step({ atOnce, calls: atOnce, perSecond: atOnce / 4, storyMs });
    made.push({ size, step });
  }
  const figures = made.flatMap(({ size, step }): Figure[] => [
    {
      ...{ name: `calls that were not as they must be, ${nameOf(size)}`, unit: "" },
      ...{ value: step.wrongRatings + step.brokenStories + step.unheard, goal: { atMost: 0 } },
    },
    ...sharesOf(nameOf(size), [step]),
  ]);
  return { figures, cpuSeconds: cpuOf(made), charts: [], notes: [] };
}

interface Tried {
  size: Size;
  step: ScaledStep;
}

async function runWhole(house: ScaledHouse, bench: Bench): Promise<Measured> {
  const tried: Tried[] = [];
  const climbs = new Map<Size, Climb<ScaledStep>[]>();
  for (const size of bench.large ? allTurns : turns) {
    const tryAt = async (atOnce: number) => {
      bench.progress(`${nameOf(size)}, ${atOnce} at once`);
      const step = await house.step({ atOnce, calls: atOnce, perSecond: Math.max(2, atOnce / 8), storyMs });
      tried.push({ size, step });
      if (!holds(step)) bench.progress(tellWhy(step));
      return step;
    };
    await house.use(size);
    const first = firstLevel(size, climbs) ?? (await firstLevelOfAll(tryAt));
    const made = await climb({ first, most: size.nodes * mostOnEach, holds, try: tryAt });
    climbs.set(size, [...(climbs.get(size) ?? []), made]);
  }
  return tell(climbs, tried);
}

const fewCalls = 12;

/** A little below what is to be expected after the others: so many for each Asterisk. Null: nothing is known. */
function firstLevel({ nodes }: Size, climbs: ReadonlyMap<Size, Climb<ScaledStep>[]>): number | null {
  const known = climbs.get(one)?.[0]?.held?.level;
  return known === undefined ? null : Math.round(known * nodes * 0.95);
}

/** From what fewer calls cost, which a new Hearback and an idle Asterisk make too much of: so from ever more of them. */
async function firstLevelOfAll(tryAt: (atOnce: number) => Promise<ScaledStep>): Promise<number> {
  let level = fewCalls;
  for (;;) {
    const step = await tryAt(level);
    const next = levelFrom(step);
    if (next <= level * 1.2) return level;
    level = Math.min(next, mostOnEach);
    if (!holds(step) || level === mostOnEach) return level;
  }
}

/** At which Asterisk would have four fifths of its share to do. */
function levelFrom({ batch, asterisk }: ScaledStep): number {
  const calls = batch?.calls ?? [];
  const spoken = calls.reduce((sum, call) => sum + (call.endedAtMs - call.answeredAtMs), 0);
  const span = Math.max(...calls.map((c) => c.endedAtMs)) - Math.min(...calls.map((c) => c.answeredAtMs));
  const each = asterisk.cores / (spoken / span);
  return Math.max(fewCalls, Math.floor((0.8 * cores) / each) || fewCalls);
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** @returns the figures of all sizes, and what gave way in each @param climbs of each size its turns; the first size is what the others are compared with */
export function tell(climbs: ReadonlyMap<Size, Climb<ScaledStep>[]>, tried: readonly Tried[]): Measured {
  const held = [...climbs].map(([size, made]) => ({
    ...{ size, name: nameOf(size) },
    calls: meanOf(made.map((one) => one.held?.level ?? 0)),
    steps: made.flatMap((one) => one.held?.seen ?? []),
  }));
  const alone = held[0]!.calls;
  const figures: Figure[] = [
    ...held.map(({ name, calls }) => ({ name: `calls at once, ${name}`, value: calls, unit: "" })),
    ...held.slice(1).map(({ size, name, calls }) => ({
      ...{ name: `times as many as with one of each, ${name}`, value: calls / alone, unit: "" },
      ...(size.nodes + size.apps === 4 ? { goal: { atLeast: goal } } : {}),
    })),
    ...held.flatMap(({ name, steps }) => sharesOf(name, steps)),
  ];
  const notes = [...climbs].flatMap(([size, made]) =>
    made.flatMap(({ failed }) => (failed ? [`${nameOf(size)}: ${tellWhy(failed.seen)}`] : [])),
  );
  return { figures, cpuSeconds: cpuOf(tried), charts: [chartOf(tried)], notes };
}

const tellWhy = (step: ScaledStep): string =>
  `${tellLimit(step).replace(/\.$/, "")}, 95th percentile from key to prompt ${Math.round(keyToPromptMs(step, 0.95) - handsetPauseMs)} ms; ` +
  `Asterisk was held back in ${percent(step.asterisk.heldBack)} % of its periods, Node in ${percent(step.node.heldBack)} %.`;

const percent = (share: number): number => Math.round(share * 100);

function sharesOf(name: string, steps: readonly ScaledStep[]): Figure[] {
  const kinds = { Asterisk: "asterisk", Node: "node" } as const;
  return Object.entries(kinds).flatMap(([told, kind]) => [
    {
      ...{ name: `CPU of each ${told}, ${name}`, unit: "cores" },
      value: meanOf(steps.map((step) => step[kind].cores)),
    },
    {
      ...{ name: `${told} held back, ${name}`, unit: "% of its periods" },
      value: 100 * meanOf(steps.map((step) => step[kind].heldBack)),
    },
  ]);
}

function cpuOf(tried: readonly Tried[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { step } of tried)
    for (const [whose, seconds] of Object.entries(step.batch?.cpu ?? {}))
      sum[whose] = (sum[whose] ?? 0) + seconds;
  return sum;
}

const chartOf = (tried: readonly Tried[]): Measured["charts"][number] => ({
  ...{ name: "5-scale-out", title: "Jitter by calls at once, each process with 0.2 of a core" },
  ...{ x: "calls at once", y: "ms (99th percentile)", goalY: jitterMs },
  series: [...new Set(tried.map(({ size }) => size))].map((size) => ({
    name: `${size.nodes} A, ${size.apps} H`,
    points: tried
      .filter((each) => each.size === size)
      .map(({ step }): [number, number] => [step.atOnce, step.jitterP99Ms])
      .toSorted(([a], [b]) => a - b),
  })),
});
