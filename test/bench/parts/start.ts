/** Part 7: from nothing to the first ring, and what it costs to wait. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "#lib/errors.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { mustRun } from "#rehearsal/run-program.ts";
import { withDescendants } from "../../support/cpu.ts";
import { raiseHouse, since } from "../calls/house.ts";
import type { Bench, Figure, Part } from "../part.ts";

export const start: Part = {
  ...{ number: 7, name: "start", title: "From nothing to the first ring, and at rest" },
  method: [
    "`npm ci` into an empty folder, with npm's cache as it is; then the Debian packages (Asterisk, a speech recogniser) into another, from the mirror.",
    "`hearback demo` as a newcomer starts it, in a folder of its own: until the first telephone of the pretend network rings, by that network's own log; then once more in the same folder.",
    "At rest: Hearback with Asterisk and Postgres up and nobody to call. Memory is the proportional set size (PSS) of each program and all that it started, so that what they share is counted once.",
  ],
  limits: ["How long the two installations take is the network's and the mirror's doing as much as ours."],
  run: async (bench) => {
    const notes: string[] = [];
    const figures: Figure[] = [];
    if (!bench.quick) figures.push(...(await installTimes(bench, notes)));
    const state = join(bench.dir, "demo");
    bench.progress("the demo, for the first time");
    figures.push({ name: "demo to first ring, new folder", value: await firstRing(bench, state), unit: "s" });
    bench.progress("the demo, once more");
    figures.push({ name: "demo to first ring, again", value: await firstRing(bench, state), unit: "s" });
    const { figures: idle, spent } = await atRest(bench);
    return { figures: [...figures, ...idle], cpuSeconds: spent, charts: [], notes };
  },
};

async function installTimes(bench: Bench, notes: string[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  const timed = async (name: string, work: () => Promise<unknown>) => {
    bench.progress(name);
    const began = performance.now();
    try {
      await work();
      figures.push({ name, value: (performance.now() - began) / 1000, unit: "s" });
    } catch (thrown) {
      notes.push(`${name} could not be measured: ${messageOf(thrown).slice(0, 200)}`);
    }
  };
  const fresh = join(bench.dir, "fresh");
  await mkdir(fresh);
  for (const file of ["package.json", "package-lock.json", ".npmrc"])
    if (existsSync(repositoryFile(file))) await cp(repositoryFile(file), join(fresh, file));
  await timed("npm ci", () => mustRun(["npm", "ci", "--no-audit", "--no-fund", "--prefix", fresh]));
  await timed("Debian packages", () => installPackages({ into: join(bench.dir, "packages") }));
  return figures;
}

const ringsWithinMs = 120_000;

/** @returns seconds until somebody's telephone rings; the demo is ended then */
async function firstRing(bench: Bench, state: string): Promise<number> {
  const log = join(state, "demo/carrier/log/messages");
  rmSync(log, { force: true });
  const began = performance.now();
  const demo = spawn(repositoryFile("src/cli/hearback"), ["demo", "--exit", "--state", state], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [demo.stdout, demo.stderr])
    stream.on("data", (text) => {
      said = (said + text).slice(-2_000);
    });
  const ended = once(demo, "close");
  const end = async () => {
    if (demo.exitCode === null) demo.kill("SIGINT");
    await ended;
  };
  bench.undo(end);
  const lines = () =>
    existsSync(log) ? readFileSync(log, "utf8").split(/the telephone of \+\d+ rings/).length : 0;
  while (lines() < 2) {
    bench.signal.throwIfAborted();
    if (demo.exitCode !== null || performance.now() - began > ringsWithinMs)
      throw new Error(`nobody's telephone rang: ${said}`);
    await wait(20);
  }
  const seconds = (performance.now() - began) / 1000;
  await end();
  return seconds;
}

async function atRest(bench: Bench): Promise<{ figures: Figure[]; spent: Record<string, number> }> {
  const house = await raiseHouse(bench, { maxCalls: 20 });
  const forMs = bench.quick ? 10_000 : 20_000;
  bench.progress("at rest");
  // What is done once after the start is not rest.
  await wait(forMs / 2, undefined, { signal: bench.signal });
  const before = house.cpu();
  await wait(forMs, undefined, { signal: bench.signal });
  const spent = since(house.cpu(), before);
  const postmaster = readFileSync(join(bench.dir, "postgres/data/postmaster.pid"), "utf8").split("\n")[0];
  const pids = { node: house.apps[0]!.pid!, asterisk: house.ivr.pid, postgres: Number(postmaster) };
  const names = { "Hearback (Node)": "node", Asterisk: "asterisk", Postgres: "postgres" } as const;
  const figures = Object.entries(names).flatMap(([name, whose]): Figure[] => [
    { name: `${name} at rest`, value: megabytesOf(pids[whose]), unit: "MB" },
    { name: `${name} at rest, of a core`, value: (spent[whose] * 100_000) / forMs, unit: "%" },
  ]);
  return { figures, spent };
}

/** Of the process and all that it started. */
const megabytesOf = (pid: number): number =>
  withDescendants(pid).reduce((sum, each) => {
    const rollup = readFileSync(`/proc/${each}/smaps_rollup`, "utf8");
    return sum + (Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024) / 1e6;
  }, 0);
