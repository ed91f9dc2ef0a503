/** npm run chaos -- --calls N --kills M --seed S [--max-calls N] [--json FILE] */
import { mkdirSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type FaultKind, killKinds, otherKinds } from "./faults.ts";
import { chaosFolder, runChaos } from "./run-chaos.ts";
import { mostCalls } from "./stage.ts";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "60" },
    kills: { type: "string", default: "12" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    "max-calls": { type: "string", default: "16" },
    only: { type: "string" },
    json: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const calls = Math.min(Number(values.calls), mostCalls);
const parent = repositoryFile(".hearback/chaos");
const dir = chaosFolder(parent, seed);
mkdirSync(dir, { recursive: true });
const known = new Set<string>([...killKinds, ...otherKinds]);
const only = values.only?.split(",").filter((kind): kind is FaultKind => known.has(kind)) ?? null;
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
  ...{ calls, kills: Number(values.kills), seed, dir, only, json: values.json ?? null, say, progress },
  maxCalls: Number(values["max-calls"]),
});
if (wrong.length === 0 && !values.keep) rmSync(dir, { recursive: true, force: true });
process.exit(wrong.length === 0 ? 0 : 1);
