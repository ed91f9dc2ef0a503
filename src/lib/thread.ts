import { Worker } from "node:worker_threads";

/**
 * What a module says as the first message of a thread of its own.
 * @param workerData what it is given; as plain data, Maps and bytes too
 * @throws what broke the thread, or that it ended without a word
 */
export const answerOfThread = <T>(module: string, workerData: unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(module), { workerData });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the thread ended with status ${code}`)));
  });
