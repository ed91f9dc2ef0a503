/** What a run that failed leaves behind, and what of it is shown at once: CI keeps no files. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Instance } from "./instance.ts";

const lastLines = 12;
const longestLine = 400;

/** The last words of every instance, and whether it says that it is ready. */
export async function lastWordsOf(instances: readonly Instance[]): Promise<string[]> {
  const all = await Promise.all(
    instances.map(async (instance) => [
      `instance ${instance.name}, ${instance.pid === null ? "not running" : await readiness(instance)}`,
      ...endOf(instance.saidFile, instance.saidFromByte),
      ...endOf(instance.logFile),
    ]),
  );
  return all.flat();
}

/** What was wrong often stands in the first line, and what it was about in the many after it. */
const firstLines = 4;

function endOf(file: string, fromByte = 0): string[] {
  if (!existsSync(file)) return [`  ${file} is not there`];
  const lines = readFileSync(file).subarray(fromByte).toString().trimEnd().split("\n");
  const shown =
    lines.length > firstLines + lastLines
      ? [...lines.slice(0, firstLines), "...", ...lines.slice(-lastLines)]
      : lines;
  return [`  the end of ${file}:`, ...shown.map((line) => `    ${line.slice(0, longestLine)}`)];
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
