/**
 * The checkers and the flow tests in a thread of their own, so that pages and publishing take nothing from calls: all
 * prompts measured take seconds, and Asterisk closes a socket that is not read for one (RELIABILITY.md, finding 4).
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { checkFiles } from "./check-files.ts";
import type { ReleaseFiles } from "./files.ts";
import type { CheckFiles, CheckResult } from "./ports.ts";

type Checked = Pick<CheckResult, "faults" | "tests">;

/** Rejects only where no thread can be had, or a checker breaks. */
export const checkBeside: CheckFiles = (files) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { releaseToCheck: files } });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the checking thread ended with status ${code}`)));
  });

/** The same, here and now. */
export const checkAll = (files: ReleaseFiles): Checked => ({
  faults: checkFiles(files),
  tests: { failed: [], uncovered: [], passed: 0 },
});

if (!isMainThread && workerData?.releaseToCheck) parentPort?.postMessage(checkAll(workerData.releaseToCheck));
