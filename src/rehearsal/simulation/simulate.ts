/**
 * `npm run simulate -- --calls N --seed S [--postgres M]`: the dialler and its rules over a pretend clock, judged by what
 * the pretend network saw. Ends with 1 where a rule was broken, with the seed and the visit's history.
 */
import { readCommandLine } from "#rehearsal/command-line.ts";
import type { Pace } from "./instance.ts";
import { createMemoryOffice } from "./memory-office.ts";
import type { Office } from "./office.ts";
import { openPostgresOffices } from "./postgres-office.ts";
import type { PretendTime } from "./pretend-time.ts";
import { runWorld, type WorldEnd } from "./world.ts";

/** Worlds are forgotten one by one, so that memory does not grow with the number of calls. */
const callsAWorld = 50_000;
const shownBreaches = 3;
const slow: Pace = { idlePollMs: 280_000, leaseMs: 900_000 };

const values = readCommandLine(
  {
    name: "npm run simulate",
    about:
      "Lets the dialler and its rules ring a pretend network over a pretend clock; status 1 where a rule was broken.",
    options: {
      calls: { is: "number", help: "calls, with the ledger in memory", default: "100000" },
      seed: { is: "number", help: "the same seed makes the same seasons", default: "1" },
      postgres: { is: "number", help: "so many calls more, on a real Postgres", default: "0" },
    },
  } as const,
  process.argv.slice(2),
);

interface Total {
  worlds: WorldEnd[];
  seconds: number;
}

async function simulate(
  what: string,
  calls: number,
  seed: number,
  office: (time: PretendTime) => Promise<Office>,
  pace?: Pace,
): Promise<Total> {
  const startedAt = performance.now();
  const worlds: WorldEnd[] = [];
  let made = 0;
  for (let n = 0; made < calls; n += 1) {
    const wanted = Math.min(callsAWorld, calls - made);
    const before = made;
    const onProgress = (so: number) => tell(`${what}: ${before + so} of ${calls} calls, seed ${seed + n}`);
    const world = await runWorld({
      seed: seed + n,
      calls: wanted,
      office,
      onProgress,
      ...(pace && { pace }),
    });
    made += world.calls;
    worlds.push(world);
  }
  return { worlds, seconds: (performance.now() - startedAt) / 1000 };
}

function tell(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${line}\u001b[K`);
}

function report(what: string, { worlds, seconds }: Total): number {
  if (worlds.length === 0) return 0;
  const sum = (of: (world: WorldEnd) => number) => worlds.reduce((total, world) => total + of(world), 0);
  const calls = sum((world) => world.calls);
  tell("");
  const memory = Math.round(process.memoryUsage().rss / 1e6);
  console.log(
    `\n${what}: ${calls} calls in ${seconds.toFixed(1)} s, ${Math.round(calls / seconds)} a second, ${memory} MB`,
  );
  const rows: [string, number][] = [
    ["seasons", worlds.length],
    ["days of pretend time", sum((world) => world.days)],
    ["visits", sum((world) => world.visits)],
    ["promises made", sum((world) => world.promises.made)],
    ["promises kept within 5 minutes", sum((world) => world.promises.inTime)],
    ...added(worlds.map(({ mishaps }) => mishaps)),
    ...added(worlds.map(({ outcomes }) => outcomes)),
    ["rules broken", sum((world) => world.broken.length)],
  ];
  for (const [name, count] of rows) console.log(`  ${name.padEnd(32)}${String(count).padStart(10)}`);
  for (const world of worlds)
    for (const breach of world.broken.slice(0, shownBreaches)) tellBreach(world, breach);
  return sum((world) => world.broken.length);
}

function added(all: Record<string, number>[]): [string, number][] {
  const total = new Map<string, number>();
  for (const each of all)
    for (const [name, count] of Object.entries(each)) total.set(name, (total.get(name) ?? 0) + count);
  return [...total].sort(([a], [b]) => a.localeCompare(b));
}

function tellBreach(
  { seed, from, calls }: WorldEnd,
  { rule, visitId, atMs, history }: WorldEnd["broken"][number],
) {
  console.log(`\nBROKEN with seed ${seed} (a season from ${from}, ${calls} calls): ${rule}`);
  console.log(`visit ${visitId} at ${new Date(atMs).toISOString()}`);
  for (const line of history) console.log(`  ${line}`);
}

const { calls, seed, postgres: onPostgres } = values;
const inMemory = await simulate("in memory", calls, seed, async (time) =>
  createMemoryOffice(() => time.nowMs),
);
let broken = report("in memory", inMemory);
if (onPostgres > 0) {
  const offices = await openPostgresOffices();
  try {
    broken += report("on Postgres", await simulate("on Postgres", onPostgres, seed, offices.open, slow));
  } finally {
    await offices.close();
  }
}
process.exit(broken > 0 ? 1 : 0);
