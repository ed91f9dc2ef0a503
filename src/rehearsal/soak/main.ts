/** npm run soak -- --minutes N: steady calls; memory, files, listeners, channels stay flat. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { raiseStage } from "#rehearsal/chaos/stage.ts";
import { readCommandLine } from "#rehearsal/command-line.ts";
import { mostNumbers } from "#rehearsal/drama-numbers.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { growthOf } from "./growth.ts";
import { type Sample, takeSample } from "./sample.ts";

const values = readCommandLine(
  {
    name: "npm run soak",
    about:
      "Calls pretend people steadily, and ends with 1 where memory, files, listeners or channels grow meanwhile.",
    options: {
      minutes: { is: "number", help: "for so long", default: "30" },
      "max-calls": { is: "number", help: "calls at once", default: "20" },
      json: { is: "text", help: "a file for all samples" },
    },
  } as const,
  process.argv.slice(2),
);
const { minutes, "max-calls": maxCalls } = values;
const sampleEveryMs = 5_000;
const dir = repositoryFile(`.hearback/soak/${process.pid}`);
mkdirSync(dir, { recursive: true });
const say = (line: string) => process.stdout.write(`${line}\n`);

// The list lasts for the whole time: nobody is called twice.
const callsPerSecond = Math.min(1, (0.9 * mostNumbers) / (minutes * 60));
const instances = 2;
const calls = Math.min(mostNumbers, Math.ceil(callsPerSecond * minutes * 60 * 1.1));
let ended = 0;
const stage = await raiseStage({
  ...{ dir, seed: 1, calls, maxCalls, callsPerSecond: callsPerSecond / instances },
  onEnded: () => {
    ended += 1;
  },
});
const samples: Sample[] = [];
const times: number[] = [];
try {
  for (const instance of stage.instances) instance.start();
  await stage.begin();
  for (const until = Date.now() + minutes * 60_000; Date.now() < until; await wait(sampleEveryMs)) {
    samples.push(await takeSample(stage));
    times.push(Date.now());
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${samples.length} samples`);
  }
} finally {
  await stage.stop();
}
const growths = growthOf(times, samples);
const grown = growths.filter(({ grows }) => grows);
for (const { what, mean, last, perHour, grows } of growths.toSorted((a, b) => (a.what < b.what ? -1 : 1))) {
  const figures = `mean ${mean.toFixed(1)}, last ${last.toFixed(1)}, ${perHour >= 0 ? "+" : ""}${perHour.toFixed(1)} an hour`;
  say(`${grows ? "GROWS" : "flat "} ${what.padEnd(22)} ${figures}`);
}
const wrong = grown.length > 0 || ended > 0 || samples.length < 6;
if (ended > 0) say(`WRONG: instances ended ${ended} times by themselves`);
if (values.json)
  writeFileSync(values.json, JSON.stringify({ minutes, calls, ended, growths, times, samples }));
if (!wrong) rmSync(dir, { recursive: true, force: true });
process.exit(wrong ? 1 : 0);
