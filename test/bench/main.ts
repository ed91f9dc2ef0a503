/** npm run bench: all parts of the benchmark, one table, and the results as JSON. */
import { mkdirSync, rmSync } from "node:fs";
import { readCommandLine } from "#rehearsal/command-line.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { describeMachine } from "./machine.ts";
import { isMet } from "./part.ts";
import { parts } from "./parts.ts";
import { isWholeRun, type Results, writeResults } from "./results.ts";
import { runParts } from "./run-parts.ts";
import { tableOf } from "./table.ts";

const options = readCommandLine(
  {
    name: "npm run bench",
    about:
      "Measures what a call costs, how fast it is answered and how far it goes, all on this machine, on loopback. A table\n" +
      "at the end. Each part is kept in a file of the run's own as soon as it ends; a whole run takes the place of\n" +
      "test/bench/results.json when it ends, and npm run bench:readme writes the README and the charts from it.",
    options: {
      quick: { is: "flag", help: "five minutes, with fewer measurements" },
      large: {
        is: "flag",
        help: "part 4 among ten million visits too, part 5 in all sizes: an hour in all, or more",
      },
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

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    progress("interrupted: clearing away (once more: at once)");
    interrupted.abort();
  });

const machine = await describeMachine();
const results: Results = { version: 1, quick: options.quick, finished: false, machine, parts: [] };
const runId = `${machine.startedAt.replace(/\.\d+Z$/, "Z").replaceAll(/[-:]/g, "")}-${machine.commit ?? "no-commit"}`;
const file = options.json ?? repositoryFile(`.hearback/bench/run-${runId}.json`);
const dir = repositoryFile(`.hearback/bench/${process.pid}`);
mkdirSync(dir, { recursive: true, mode: 0o755 });
try {
  await runParts({
    parts: parts.filter(({ number }) => wanted.includes(String(number))),
    ...{ quick: options.quick, large: options.large, signal: interrupted.signal, dir, progress },
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
const replaced =
  !options.json && isWholeRun(results, parts) ? repositoryFile("test/bench/results.json") : null;
if (replaced) writeResults(replaced, results);
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
say(tableOf(results));
say(
  `\n${Math.round((performance.now() - beganMs) / 1000)} s; results in ${file}${replaced ? ` and ${replaced}` : ""}`,
);
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
