/** Calls people, lets everything fail that can, and counts what was lost. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { maybeRow } from "#postgres/rows.ts";
import { readLedger } from "#rehearsal/far-end/ledger.ts";
import { type Chance, createChance } from "#rehearsal/simulation/chance.ts";
import { blindnessOf } from "./blindness.ts";
import { type Fault, type FaultKind, killWeights, makeFault, otherKinds } from "./faults.ts";
import { faultsIn, type Happened, type Report, reportOn, tableOf } from "./report.ts";
import { raiseStage, type Stage } from "./stage.ts";

export interface ChaosOptions {
  calls: number;
  kills: number;
  seed: number;
  dir: string;
  maxCalls: number;
  json: string | null;
  /** Only these kinds of fault, for looking for one thing. */
  only: readonly FaultKind[] | null;
  say(line: string): void;
  /** What is going on just now. */
  progress(line: string): void;
}

/** Beside so many kills there are this many other faults. */
const othersPerKill = 0.6;
/** Faults do not come closer than this, or nothing else would happen any more. */
const apartMs = 1_500;
/** A call that a dead instance held is settled by then. */
const settlesWithinMs = 240_000;

/** @returns what was found not to be as it must */
export async function runChaos(options: ChaosOptions): Promise<string[]> {
  const { seed, say, calls, maxCalls } = options;
  const happened: Happened = {
    ...{
      seed,
      calls,
      kills: options.kills,
      faults: [],
      blindnessMs: [],
      seconds: 0,
      finished: false,
    },
  };
  const stage = await raiseStage({
    ...{ dir: options.dir, seed, calls, maxCalls },
    onEnded: (instance, status, point) => {
      const at = Date.now();
      const kind = "kill app at a point";
      if (point) happened.faults.push({ kind, target: `${instance.name} ${point}`, fromMs: at, untilMs: at });
      else say(`instance ${instance.name} ended by itself with status ${status}`);
    },
  });
  try {
    for (const instance of stage.instances) instance.start();
    await stage.begin();
    const fromMs = Date.now();
    await makeFaults(stage, options, happened);
    happened.finished = await untilAllCalled(stage, options);
    happened.seconds = (Date.now() - fromMs) / 1000;
    const report = await reportOn(stage, happened);
    return tell(report, happened.faults, options);
  } finally {
    await stage.stop();
  }
}

function tell(report: Report, faults: Fault[], { say, json, seed, calls, kills }: ChaosOptions): string[] {
  const wrong = faultsIn(report);
  say(tableOf(report));
  if (json) writeFileSync(json, JSON.stringify({ ...report, wrong, faults }, null, 1));
  for (const { name, rows } of report.broken)
    for (const { id, what } of rows.slice(0, 5)) say(`  verify ${name}: ${id} ${what}`);
  for (const words of wrong) say(`WRONG: ${words}`);
  if (wrong.length > 0) say(`again: npm run chaos -- --calls ${calls} --kills ${kills} --seed ${seed}`);
  return wrong;
}

/** Each fault comes when so many calls have been made that they are spread over all of them. */
async function makeFaults(stage: Stage, options: ChaosOptions, happened: Happened): Promise<void> {
  const chance = createChance(options.seed);
  const plan = planOf(options, chance);
  const under: Promise<unknown>[] = [];
  for (const [index, kind] of plan.entries()) {
    const due = Math.floor(((index + 0.5) / plan.length) * options.calls * 0.95);
    await untilInvited(stage, due, options, happened);
    const own = createChance(chance.below(2 ** 31));
    under.push(oneFault(stage, kind, own, happened));
    await wait(apartMs + own.below(1_000));
  }
  await Promise.all(under);
  await makeUpForKills(stage, options, happened);
}

function planOf({ kills, only }: ChaosOptions, chance: Chance): FaultKind[] {
  const plan: FaultKind[] = [];
  for (let left = kills; left > 0; ) {
    const kind = only ? chance.pick(only) : chance.weighted(killWeights);
    plan.push(kind);
    // It is killed once to be told of the point, and once more when it gets there.
    left -= kind === "kill app at a point" ? 2 : 1;
  }
  if (!only)
    for (let left = Math.round(kills * othersPerKill); left > 0; left--)
      plan.splice(chance.below(plan.length + 1), 0, chance.pick(otherKinds));
  return plan;
}

async function oneFault(stage: Stage, kind: FaultKind, chance: Chance, happened: Happened): Promise<void> {
  const made = makeFault(stage, kind, chance);
  if (kind === "freeze asterisk") {
    const blind = stage.instances.map((instance) => blindnessOf(instance, made));
    happened.blindnessMs.push(...(await Promise.all(blind)));
  }
  const fault = await made;
  if (fault)
    happened.faults.push(fault.kind === "kill app at a point" ? { ...fault, kind: "kill app" } : fault);
}

const killsIn = ({ faults }: Happened): number => faults.filter(({ kind }) => kind.startsWith("kill")).length;

/** Not every crash point is come to, and not every fault finds somebody to befall. */
async function makeUpForKills(stage: Stage, options: ChaosOptions, happened: Happened): Promise<void> {
  const chance = createChance(options.seed + 1);
  while (
    killsIn(happened) < options.kills &&
    ((await whatIsLeft(stage).catch(() => null))?.visits ?? 1) > 0
  ) {
    await oneFault(stage, "kill app", chance, happened);
    await wait(apartMs);
  }
}

async function untilInvited(
  stage: Stage,
  count: number,
  options: ChaosOptions,
  happened: Happened,
): Promise<void> {
  for (let last = { invites: -1, atMs: Date.now() }; ; await wait(250)) {
    const invites = readLedger(stage.ledgerFile).filter(({ what }) => what === "invite").length;
    options.progress(`${invites} of ${options.calls} rung, ${happened.faults.length} faults`);
    if (invites >= count) return;
    if (invites !== last.invites) last = { invites, atMs: Date.now() };
    // Where nothing moves any more, the end says so; until then more goes wrong.
    if (Date.now() - last.atMs > settlesWithinMs) return;
  }
}

async function untilAllCalled(stage: Stage, options: ChaosOptions): Promise<boolean> {
  let left = "";
  for (let movedMs = Date.now(); Date.now() - movedMs < settlesWithinMs; await wait(500)) {
    const now = await whatIsLeft(stage).catch(() => null);
    if (now === null) continue;
    if (now.visits + now.attempts + now.stories + now.jobs === 0) return true;
    const text = JSON.stringify(now);
    if (text !== left) movedMs = Date.now();
    left = text;
    options.progress(
      `left: ${now.visits} visits, ${now.attempts} attempts, ${now.stories} stories, ${now.jobs} jobs`,
    );
  }
  options.say(`still left: ${left}`);
  return false;
}

const whatIsLeft = (stage: Stage) =>
  maybeRow<{ visits: number; attempts: number; stories: number; jobs: number }>(
    stage.database.pool,
    `select (select count(*)::int from visit where status in ('due', 'calling')) as visits,
       (select count(*)::int from attempt where state in ('intent', 'dialing', 'live')) as attempts,
       (select count(*)::int from story where audio = 'waiting') as stories,
       (select count(*)::int from graphile_worker.jobs where attempts < max_attempts) as jobs`,
  );

/** Of this run alone: a disk that an earlier one had mounted may still be there. */
export const chaosFolder = (dir: string, seed: number): string => join(dir, `${seed}-${process.pid}`);
