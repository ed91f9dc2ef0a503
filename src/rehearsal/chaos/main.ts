/** npm run chaos -- --calls N --kills M --seed S: everything fails that can, and what was lost is counted. */
import { mkdirSync, rmSync } from "node:fs";
import { readCommandLine } from "#rehearsal/command-line.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type FaultKind, killKinds, otherKinds } from "./faults.ts";
import { chaosFolder, runChaos } from "./run-chaos.ts";
import { mostCalls } from "./stage.ts";

const kinds: readonly string[] = [...killKinds, ...otherKinds];
const line = {
  name: "npm run chaos",
  about:
    "Calls pretend people by two Hearbacks, two Asterisks and a Postgres of its own, kills, freezes and cuts off all of\n" +
    "them meanwhile, and prints what was lost; status 1 where anything was that must not be.",
  options: {
    calls: { is: "number", help: `people to call, ${mostCalls} at most`, default: "60" },
    kills: {
      is: "number",
      help: "kill -9 of an app, an Asterisk or Postgres; other faults beside them",
      default: "12",
    },
    seed: { is: "number", help: "the same seed draws the same faults; drawn where not given" },
    "max-calls": { is: "number", help: "calls at once", default: "16" },
    only: { is: "text", help: `these kinds alone, by commas, of: ${kinds.join(", ")}` },
    json: { is: "text", help: "a file for the whole report" },
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
const seed = values.seed ?? Math.floor(Math.random() * 1e6);
const calls = Math.min(values.calls, mostCalls);
const parent = repositoryFile(".hearback/chaos");
const dir = chaosFolder(parent, seed);
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
const wrong = await runChaos({
  ...{ calls, kills: values.kills, seed, dir, only, json: values.json, say, progress },
  maxCalls: values["max-calls"],
});
if (wrong.length === 0 && !values.keep) rmSync(dir, { recursive: true, force: true });
process.exit(wrong.length === 0 ? 0 : 1);
