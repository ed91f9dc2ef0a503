/** npm run bench: all parts of the benchmark, one table, and the results as JSON. */
import { mkdirSync, rmSync } from "node:fs";
import { readCommandLine } from "#rehearsal/command-line.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { describeMachine } from "./machine.ts";
import { isMet } from "./part.ts";
import { parts } from "./parts.ts";
import { type Results, writeResults } from "./results.ts";
import { runParts } from "./run-parts.ts";
import { tableOf } from "./table.ts";

const options = readCommandLine(
  {
    name: "npm run bench",
    about:
      "Measures what a call costs, how fast it is answered and how far it goes, all on this machine, on loopback. A table\n" +
      "at the end; a whole run is kept in test/bench/results.json, and npm run bench:readme writes the README from it.",
    options: {
      quick: { is: "flag", help: "five minutes, with fewer measurements" },
      part: { is: "text", help: "only these, by number, with commas" },
      list: { is: "flag", help: "the parts, and no more" },
      json: { is: "text", help: "another file for the results" },
      strict: { is: "flag", help: "ends with 1 where a goal is missed" },
    },
  } as const,
  process.argv.slice(2),
);
const beganMs = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
if (options.list) {
  for (const { number, name, title } of parts) say(`${number}  ${name.padEnd(10)} ${title}`);
  process.exit(0);
}
const wanted = options.part?.split(",") ?? parts.map(({ number }) => String(number));
const stranger = wanted.find((number) => !parts.some((part) => String(part.number) === number));
if (stranger !== undefined) {
  process.stderr.write(
    `npm run bench: there is no part "${stranger}" (npm run bench -- --list tells them)\n`,
  );
  process.exit(2);
}
// The README's figures are of one whole run, and of no other.
const isWhole = !options.part && !options.quick;
const file =
  options.json ?? repositoryFile(isWhole ? "test/bench/results.json" : ".hearback/bench/results.json");

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    progress("interrupted: clearing away (once more: at once)");
    interrupted.abort();
  });

const results: Results = {
  ...{ version: 1, quick: options.quick, finished: false, machine: await describeMachine(), parts: [] },
};
const dir = repositoryFile(`.hearback/bench/${process.pid}`);
mkdirSync(dir, { recursive: true, mode: 0o755 });
try {
  await runParts({
    parts: parts.filter(({ number }) => wanted.includes(String(number))),
    ...{ quick: options.quick, signal: interrupted.signal, dir, progress },
    onResult: (result) => {
      results.parts.push(result);
      writeResults(file, results);
    },
  });
} finally {
  rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
}
results.finished = !interrupted.signal.aborted;
writeResults(file, results);
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
say(tableOf(results));
say(`\n${Math.round((performance.now() - beganMs) / 1000)} s; results in ${file}`);
const isWrong = results.parts.some(
  ({ outcome }) =>
    outcome.kind === "failed" ||
    (options.strict && outcome.kind === "measured" && !outcome.figures.every(isMet)),
);
process.exit(interrupted.signal.aborted ? 130 : isWrong ? 1 : 0);

function progress(line: string): void {
  const seconds = Math.round((performance.now() - beganMs) / 1000);
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${seconds} s  ${line.slice(0, 150)}`);
  else process.stderr.write(`${seconds} s  ${line}\n`);
}
