/** What a run that failed leaves behind, and what of it is shown at once: CI keeps no files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "#rehearsal/guarded-process.ts";
import type { Instance } from "./instance.ts";

/** Of a longer log the end says it. */
const shownBytes = 3_000;

/** The last words of every instance, and whether it says that it is ready. */
export async function lastWordsOf(instances: readonly Instance[]): Promise<string[]> {
  const all = await Promise.all(
    instances.map(async (instance) => [
      `instance ${instance.name}, ${instance.pid === null ? "not running" : await readiness(instance)}`,
      ...endOf(instance.saidFile),
      ...endOf(instance.logFile),
    ]),
  );
  return all.flat();
}

function endOf(file: string): string[] {
  if (!existsSync(file)) return [`  ${file} is not there`];
  const text = lastLines(file).slice(-shownBytes);
  return [`  the end of ${file}:`, ...text.split("\n").map((line) => `    ${line}`)];
}

async function readiness({ address }: Instance): Promise<string> {
  if (!address) return "running and not up";
  const answer = await fetch(new URL("/readyz", address), { signal: AbortSignal.timeout(3_000) })
    .then(async (response) => `${response.status} ${await response.text()}`)
    .catch((thrown: unknown) => String(thrown));
  return `up; /readyz: ${answer.slice(0, 500)}`;
}

/** Where everything of a run is found. */
export const tellFolder = (dir: string): string[] => [
  `kept: ${dir}`,
  "  a.said, b.said (what they printed), a.log, b.log, far-end.jsonl (what people were rung, heard and pressed),",
  `  ${join("postgres", "data")} (the database), ivr*/ (the Asterisks), recordings-of-* (what their disks held), stories`,
];
