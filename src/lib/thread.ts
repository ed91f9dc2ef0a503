import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { messageOf } from "./errors.ts";

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

/**
 * A thread that stays, for short work that comes again and again: begun with the first order, and anew after one that
 * broke it. One order after the other, in their turn; it keeps no process alive that has none.
 * @param module the address of the module that answers there, with answerOrders
 * @param work what it does, e.g. "takes sounds in": how the thread knows itself, as other modules have threads too
 * @returns rejects only where no thread can be had, or this order broke it
 */
export function threadThatStays<Order, Answer>(
  module: string,
  work: string,
): (order: Order) => Promise<Answer> {
  let thread: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const begin = (): Worker => {
    const worker = new Worker(new URL(module), { workerData: work });
    // One that ends with nothing to do takes nobody with it, and gets no order.
    worker.on("error", () => {});
    worker.once("exit", () => {
      if (thread === worker) thread = null;
    });
    return worker;
  };
  const give = (order: Order): Promise<Answer> => {
    thread ??= begin();
    const worker = thread;
    return new Promise((resolve, reject) => {
      const over = (settle: () => void) => {
        worker.off("message", answered).off("error", broke).off("exit", ended);
        worker.unref();
        settle();
      };
      const lost = (problem: string, cause?: unknown) => {
        thread = null;
        over(() => reject(new Error(`the thread that ${work} ${problem}`, { cause })));
      };
      const answered = (answer: Answer) => over(() => resolve(answer));
      const broke = (thrown: unknown) => lost(`broke: ${messageOf(thrown)}`, thrown);
      const ended = (code: number) => lost(`ended with status ${code}`);
      worker.on("message", answered).on("error", broke).on("exit", ended);
      // A process waits for an answer, and not for a thread with nothing to do.
      worker.ref();
      worker.postMessage(order);
    });
  };
  return (order) => {
    const answer = last.then(() => give(order));
    last = answer.catch(() => {});
    return answer;
  };
}

/** In the module of threadThatStays: answers in that thread, and nowhere else. */
export function answerOrders<Order, Answer>(work: string, answer: (order: Order) => Answer): void {
  if (isMainThread || workerData !== work) return;
  parentPort?.on("message", (order: Order) => parentPort?.postMessage(answer(order)));
}
