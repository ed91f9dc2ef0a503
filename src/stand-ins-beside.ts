/** Stand-ins said in a process of its own, with nothing of our settings and secrets around it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { StandInAnswer, StandInOrder, StandInsSaid } from "#prompts/stand-in-jobs.ts";

const program = fileURLToPath(new URL("./rehearsal/voices/stand-in-process.ts", import.meta.url));
const environment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
};

/** So long that it must hang; until it ends, nobody can ask again. */
const mostMs = 600_000;

/** Rejects where a voice cannot be had, what it says breaks a rule of prompts, it takes too long, or is stopped. */
export function standInsBeside(
  order: StandInOrder,
  signal: AbortSignal,
  limitMs = mostMs,
): Promise<StandInsSaid> {
  const child = fork(program, [], {
    ...{ env: environment, serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"] },
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<StandInsSaid>();
  child.once("message", (answer: StandInAnswer) =>
    answer.kind === "said" ? resolve(answer.said) : reject(new Error(answer.problem)),
  );
  child.once("error", reject);
  const end = (why: unknown) => {
    reject(why);
    child.kill("SIGKILL");
  };
  const tooLong = new Error(`they were not said within ${limitMs / 60_000} minutes`);
  const limit = setTimeout(() => end(tooLong), limitMs);
  const stop = () => end(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  child.once("exit", (status, killed) => {
    clearTimeout(limit);
    signal.removeEventListener("abort", stop);
    reject(new Error(`the process that says them ended (${killed ?? `status ${status}`})`));
  });
  child.send(order, () => {});
  // Whoever stops does not wait for it: it leaves with them.
  limit.unref(); // as the timer of fork's own `timeout` is not
  child.unref();
  child.channel?.unref();
  return promise;
}
