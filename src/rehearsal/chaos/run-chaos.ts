/** Calls people, lets everything fail that can, and counts what was lost. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "#lib/errors.ts";
import { attemptsThatLost, coursesOf } from "./course-of-calls.ts";
import { lastWordsOf, tellFolder } from "./evidence.ts";
import { makeFaults } from "./making-faults.ts";
import { GivenUp, limitMsOf, Outlook } from "./outlook.ts";
import { faultsIn, type Happened, reportOn, tableOf } from "./report.ts";
import type { ChaosOptions, Run } from "./run.ts";
import { raiseStage } from "./stage.ts";
import { readCalls } from "./tally.ts";
import { countInvites, untilAllCalled, whatHangs } from "./what-is-left.ts";

/** Packages may have to be downloaded first. */
const raisedWithinMs = 300_000;
const upWithinMs = 90_000;
/** What has been counted of a run that was given up is worth waiting for so long. */
const reportWithinMs = 60_000;

/** @returns what was found not to be as it must */
export async function runChaos(options: ChaosOptions): Promise<string[]> {
  const { say, seed, dir, calls, maxCalls, settings, stopping } = options;
  const outlook = new Outlook();
  const happened = nothingYet(options);
  const raising = raiseStage({
    ...{ dir, seed, calls, maxCalls, settings },
    onEnded: (end, point) => {
      const at = end.diedMs;
      const kind = "kill app at a point";
      if (point) happened.faults.push({ kind, target: `${end.instance} ${point}`, fromMs: at, untilMs: at });
      else say(`instance ${end.instance} ended by itself with status ${end.status}`);
      if (!point) outlook.ended(end);
    },
  });
  stopping.addEventListener("abort", () => outlook.giveUp(String(stopping.reason)));
  const limit = (ms: number, what: string) =>
    setTimeout(() => outlook.giveUp(`${what} took more than ${ms / 1000} s`), ms);
  const raised = limit(raisedWithinMs, "starting Postgres and the Asterisks");
  const stage = await outlook.race(raising);
  clearTimeout(raised);
  const whole = limit(limitMsOf({ ...options }), "the whole run");
  let wrong = ["it came to no end"];
  try {
    wrong = await holdRun({ stage, options, outlook, happened });
  } finally {
    clearTimeout(whole);
    await stage.stop({ keep: options.keep || wrong.length > 0 });
    if (wrong.length > 0) for (const line of tellFolder(dir)) say(line);
  }
  return wrong;
}

const nothingYet = ({ seed, calls, kills }: ChaosOptions): Happened => ({
  ...{ seed, calls, kills, faults: [], blindnessMs: [], seconds: 0, finished: false },
});

async function holdRun(run: Run): Promise<string[]> {
  const { stage, outlook, happened } = run;
  const fromMs = Date.now();
  const made = async () => {
    for (const instance of stage.instances) instance.start();
    await untilUp(run);
    await stage.begin();
    await makeFaults(run);
    happened.finished = await untilAllCalled(run);
  };
  const givenUp = await outlook.race(made()).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  happened.seconds = (Date.now() - fromMs) / 1000;
  if (givenUp !== null) return tellWhy(run, givenUp);
  const wrong = await tell(run);
  if (!happened.finished) await tellWhatHangs(run);
  return wrong;
}

/** No fault comes before, so that one that cannot come up is told at once. */
async function untilUp({ stage, outlook }: Run): Promise<void> {
  const { instances } = stage;
  for (const deadline = Date.now() + upWithinMs; Date.now() < deadline; await wait(100)) {
    for (const { name, address } of instances) if (address) outlook.isUp(name);
    if (instances.every(({ address }) => address)) return;
  }
  const away = instances.filter(({ address }) => !address).map(({ name }) => name);
  throw new GivenUp(`instance ${away.join(" and ")} was not up after ${upWithinMs / 1000} s`);
}

/** Of a run that cannot go on: why, the instances' last words, and what was counted until then. */
async function tellWhy(run: Run, thrown: unknown): Promise<string[]> {
  const { stage, options, happened } = run;
  const why = thrown instanceof GivenUp ? thrown.message : `chaos itself failed: ${messageOf(thrown)}`;
  options.say(`GIVEN UP after ${happened.seconds.toFixed(0)} s: ${why}`);
  if (!(thrown instanceof GivenUp) && thrown instanceof Error) options.say(thrown.stack ?? "");
  await tellWhatHangs(run);
  const wrong = [`given up: ${why}`];
  if (countInvites(stage) === 0) return wrong;
  const counted = await Promise.race([
    tell(run).catch((cannot: unknown) => [`what happened could not be counted: ${messageOf(cannot)}`]),
    wait(reportWithinMs, ["what happened could not be counted in time"]),
  ]);
  return [...wrong, ...counted];
}

async function tellWhatHangs({ stage, options }: Run): Promise<void> {
  const hangs = await Promise.race([whatHangs(stage), wait(5_000, ["the database does not answer"])]);
  for (const line of [...(await lastWordsOf(stage.instances)), ...hangs]) options.say(line);
}

async function tell({ stage, options, happened }: Run): Promise<string[]> {
  const { say, json, seed, calls, kills } = options;
  const report = await reportOn(stage, happened);
  const wrong = faultsIn(report);
  say(tableOf(report));
  if (json) writeFileSync(json, JSON.stringify({ ...report, wrong, faults: happened.faults }, null, 1));
  for (const { name, rows } of report.broken)
    for (const { id, what } of rows.slice(0, 5)) say(`  verify ${name}: ${id} ${what}`);
  const lost = { stage, calls: await readCalls(stage), faults: happened.faults };
  for (const line of await coursesOf(attemptsThatLost(report), lost)) say(line);
  for (const words of wrong) say(`WRONG: ${words}`);
  if (wrong.length > 0) say(`again: npm run chaos -- --calls ${calls} --kills ${kills} --seed ${seed}`);
  return wrong;
}

/** Of this run alone: a disk that an earlier one had mounted may still be there. */
export const chaosFolder = (dir: string, seed: number): string => join(dir, `${seed}-${process.pid}`);
