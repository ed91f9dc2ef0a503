/** npm run chaos -- --calls N --kills M --seed S: everything fails that can, and what was lost is counted. */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { messageOf } from "#lib/errors.ts";
import { readCommandLine } from "#rehearsal/command-line.ts";
import { mostNumbers } from "#rehearsal/drama-numbers.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type FaultKind, killKinds, otherKinds } from "./faults.ts";
import { chaosFolder, runChaos } from "./run-chaos.ts";
import { unmountSmallDisks } from "./small-disk.ts";

const kinds: readonly string[] = [...killKinds, ...otherKinds];
const line = {
  name: "npm run chaos",
  about:
    "Calls pretend people by two Hearbacks, two Asterisks and a Postgres of its own, kills, freezes and cuts off all of\n" +
    "them meanwhile, and prints what was lost; status 1 where anything was that must not be.",
  options: {
    calls: { is: "number", help: `people to call, ${mostNumbers} at most`, default: "60" },
    kills: {
      is: "number",
      help: "kill -9 of an app, an Asterisk or Postgres; other faults beside them",
      default: "12",
    },
    seed: { is: "number", help: "the same seed draws the same faults; drawn where not given" },
    "max-calls": { is: "number", help: "calls at once", default: "16" },
    only: { is: "text", help: `these kinds alone, by commas, of: ${kinds.join(", ")}` },
    json: { is: "text", help: "a file for the whole report" },
    set: { is: "text", help: "settings of both Hearbacks, by commas: HEARBACK_LOG_LEVEL=debug,..." },
    keep: { is: "flag", help: "leave the run's folder in .hearback/chaos, also where all is well" },
  },
} as const;
const values = readCommandLine(line, process.argv.slice(2));
const stranger = values.only?.split(",").find((kind) => !kinds.includes(kind));
if (stranger !== undefined) {
  process.stderr.write(
    `npm run chaos: --only knows no "${stranger}" (npm run chaos -- --help tells the kinds)\n`,
  );
  process.exit(2);
}
const settings = Object.fromEntries(
  (values.set?.split(",") ?? []).map((word) => {
    const [, name = "", value = ""] = /^(HEARBACK_[A-Z_]+)=(.*)$/.exec(word) ?? [];
    if (name) return [name, value];
    process.stderr.write(`npm run chaos: --set takes HEARBACK_NAME=VALUE, not "${word}"\n`);
    return process.exit(2);
  }),
);
const seed = values.seed ?? Math.floor(Math.random() * 1e6);
const calls = Math.min(values.calls, mostNumbers);
const parent = repositoryFile(".hearback/chaos");
const dir = chaosFolder(parent, seed);
await clearUpAfterTheDead();
mkdirSync(dir, { recursive: true });
const only = (values.only?.split(",") as FaultKind[] | undefined) ?? null;
const say = (line: string) => process.stdout.write(`${line}\n`);
let lastMs = 0;
const progress = (line: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else if (Date.now() - lastMs > 15_000) {
    lastMs = Date.now();
    process.stderr.write(`${line}\n`);
  }
};
say(`${calls} calls, ${values.kills} kills, seed ${seed}`);
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
  process.once(signal, () => stopping.abort(`it was stopped by ${signal}`));
const wrong = await runChaos({
  ...{ calls, kills: values.kills, seed, dir, only, settings, json: values.json, say, progress },
  ...{ maxCalls: values["max-calls"], keep: values.keep, stopping: stopping.signal },
}).catch((thrown: unknown) => {
  say(`GIVEN UP before anybody could be called: ${messageOf(thrown)}`);
  if (thrown instanceof Error) say(thrown.stack ?? "");
  say(`kept: ${dir}`);
  return [messageOf(thrown)];
});
if (wrong.length === 0 && !values.keep) rmSync(dir, { recursive: true, force: true });
process.exit(wrong.length === 0 ? 0 : 1);

/** A run that was killed leaves its disks mounted; its folder stays, for whoever looks into it. */
async function clearUpAfterTheDead(): Promise<void> {
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    const pid = /-(\d+)$/.exec(basename(name))?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) await unmountSmallDisks(join(parent, name));
  }
}
