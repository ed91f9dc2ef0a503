/** Which faults a run has, and when: drawn by seed, and spread over all calls. */
import { setTimeout as wait } from "node:timers/promises";
import { type Chance, createChance } from "#rehearsal/simulation/chance.ts";
import { blindnessOf } from "./blindness.ts";
import { type FaultKind, killWeights, makeFault, otherKinds } from "./faults.ts";
import type { Happened } from "./report.ts";
import type { ChaosOptions, Run } from "./run.ts";
import { untilInvited, whatIsLeft } from "./what-is-left.ts";

/** Beside so many kills there are this many other faults. */
const othersPerKill = 0.6;
/** Faults do not come closer than this, or nothing else would happen any more. */
const apartMs = 1_500;

/** Each fault comes when so many calls have been made that they are spread over all of them. */
export async function makeFaults(run: Run): Promise<void> {
  const { options } = run;
  const chance = createChance(options.seed);
  const plan = planOf(options, chance);
  const under: Promise<unknown>[] = [];
  for (const [index, kind] of plan.entries()) {
    const due = Math.floor(((index + 0.5) / plan.length) * options.calls * 0.95);
    await untilInvited(run, due);
    const own = createChance(chance.below(2 ** 31));
    under.push(oneFault(run, kind, own));
    await wait(apartMs + own.below(1_000));
  }
  await Promise.all(under);
  await makeUpForKills(run);
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

async function oneFault({ stage, outlook, happened }: Run, kind: FaultKind, chance: Chance): Promise<void> {
  const over = outlook.faultBegins(kind);
  const made = makeFault(stage, kind, chance).finally(over);
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
async function makeUpForKills(run: Run): Promise<void> {
  const { stage, options, happened } = run;
  const chance = createChance(options.seed + 1);
  while (killsIn(happened) < options.kills && ((await whatIsLeft(stage))?.visits ?? 1) > 0) {
    await oneFault(run, "kill app", chance);
    await wait(apartMs);
  }
}
