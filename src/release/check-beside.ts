/**
 * The checkers and the flow tests in a thread of their own, so that pages and publishing take nothing from calls: all
 * prompts measured take seconds, and Asterisk closes a socket that is not read for one (RELIABILITY.md, finding 4).
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { inReadingOrder } from "#lib/fault.ts";
import { answerOfThread } from "#lib/thread.ts";
import { tellWay } from "#walk/coverage.ts";
import { type ScriptResult, testFlows } from "#walk/test-flows.ts";
import { checkFiles } from "./check-files.ts";
import { digestOf, type ReleaseFiles } from "./files.ts";
import type { CheckFiles, CheckResult } from "./ports.ts";

type Checked = Pick<CheckResult, "faults" | "tests">;

/** By digest. */
const underWay = new Map<string, Promise<Checked>>();
let last: Promise<unknown> = Promise.resolve();

/**
 * One at a time, however often somebody asks, and the same files once: a thread each would take all of the machine from
 * calls. Rejects only where no thread can be had, or a checker breaks.
 */
export const checkBeside: CheckFiles = (files) => {
  const digest = digestOf(files);
  const same = underWay.get(digest);
  if (same) return same;
  const checked = last.then(() => inThread(files)).finally(() => underWay.delete(digest));
  last = checked.catch(() => {});
  underWay.set(digest, checked);
  return checked;
};

const inThread = (files: ReleaseFiles): Promise<Checked> =>
  answerOfThread(import.meta.url, { releaseToCheck: files });

/** The same, here and now. */
export async function checkAll(files: ReleaseFiles): Promise<Checked> {
  const tested = await testFlows(files);
  return {
    faults: inReadingOrder([...checkFiles(files), ...tested.flatMap(({ faults }) => faults)]),
    tests: {
      failed: tested.flatMap(({ flow, file, scripts }) =>
        scripts.filter(({ passed }) => !passed).map((script) => `${flow}: ${tellScript(script, file)}`),
      ),
      uncovered: tested.flatMap(({ flow, uncovered }) => uncovered.map((way) => `${flow}: ${tellWay(way)}`)),
      passed: tested.flatMap(({ scripts }) => scripts.filter(({ passed }) => passed)).length,
    },
  };
}

function tellScript({ name, line, failures }: ScriptResult, file: string): string {
  const [first] = failures;
  const place = `${name} (${file}:${first?.line ?? line})`;
  return first ? `${place}: expected ${first.expected}, but ${first.got}` : place;
}

if (!isMainThread && workerData?.releaseToCheck)
  void checkAll(workerData.releaseToCheck).then((checked) => parentPort?.postMessage(checked));
