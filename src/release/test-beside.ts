/** The flow tests in a thread of their own, for pages: they take nothing from calls (check-beside.ts). */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { answerOfThread } from "#lib/thread.ts";
import { type FlowTestResult, testFlows } from "#walk/test-flows.ts";
import { isWritten } from "./file-kind.ts";
import type { ReleaseFiles } from "./files.ts";

/** Rejects only where no thread can be had, or a test breaks the interpreter. */
export const testBeside = (files: ReleaseFiles): Promise<FlowTestResult[]> =>
  answerOfThread(import.meta.url, { flowsToTest: new Map([...files].filter(([path]) => isWritten(path))) });

if (!isMainThread && workerData?.flowsToTest)
  void testFlows(workerData.flowsToTest).then((tested) => parentPort?.postMessage(tested));
