/** npm run bench:profile: Hearback under calls, with V8's CPU profile, and what of it is whose. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCommandLine } from "#rehearsal/command-line.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { batchByHearback } from "./calls/batch.ts";
import { raiseHouse } from "./calls/house.ts";
import type { Bench } from "./part.ts";
import { type CpuProfile, summarise, tellProfile } from "./profile.ts";

const { calls, "at-once": atOnce } = readCommandLine(
  {
    name: "npm run bench:profile",
    about:
      "Makes calls on Hearback with V8's profiler on, and tells where Node's time went. The profile is left in\n" +
      ".hearback/bench/profile, for a browser's developer tools.",
    options: {
      calls: { is: "number", help: "so many", default: "200" },
      "at-once": { is: "number", help: "so many at one time", default: "100" },
    },
  } as const,
  process.argv.slice(2),
);
/** The main thread is 0; the others are in files beside it. */
const mostThreadsTold = 1;
/** CPU.date.time.process.thread.number.cpuprofile */
const threadOf = (file: string): number => Number(file.split(".")[4]);
const byThread = (a: string, b: string): number => threadOf(a) - threadOf(b);
const kept = repositoryFile(".hearback/bench/profile");
const dir = repositoryFile(`.hearback/bench/profile-${process.pid}`);
for (const folder of [kept, dir]) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
}
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
const undo: (() => unknown)[] = [];
const bench: Bench = {
  ...{
    dir,
    quick: false,
    large: false,
    duels: new Map(),
    signal: interrupted.signal,
    undo: (step) => void undo.push(step),
  },
  progress: (line) => void process.stderr.write(`${line}\n`),
};
const stop = async () => {
  for (const step of undo.splice(0).toReversed()) await step();
};
try {
  const nodeOptions = ["--cpu-prof", `--cpu-prof-dir=${kept}`, "--cpu-prof-interval=500"];
  const house = await raiseHouse(bench, { maxCalls: atOnce, nodeOptions });
  const order = { calls, atOnce, perSecond: Math.max(1, atOnce / 12), storyMs: 8_000, signal: bench.signal };
  bench.progress(`${calls} calls`);
  const { cpu } = await batchByHearback(house, order);
  for (const [whose, seconds] of Object.entries(cpu))
    process.stdout.write(`${whose.padEnd(10)} ${((seconds * 1000) / calls).toFixed(1)} ms a call\n`);
  // The profile is written when Hearback ends.
  await stop();
  for (const file of readdirSync(kept)
    .filter((name) => name.endsWith(".cpuprofile"))
    .toSorted(byThread)) {
    const profile = JSON.parse(readFileSync(join(kept, file), "utf8")) as CpuProfile;
    writeFileSync(join(kept, `${file}.txt`), tellProfile(summarise(profile), calls));
    if (threadOf(file) <= mostThreadsTold)
      process.stdout.write(`\n${file}\n${readFileSync(join(kept, `${file}.txt`), "utf8")}`);
  }
} finally {
  await stop();
  rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
}
