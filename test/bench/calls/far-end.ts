/** The pretend people's process, seen from the benchmark. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { repositoryFile } from "#rehearsal/repository.ts";
import type { FromFarEnd, ToFarEnd } from "./far-end-main.ts";
import type { CallTimes, Manner } from "./survey-call.ts";

export interface HeardCalls {
  /** In the order in which they ended. */
  calls: CallTimes[];
  /** Packets by the milliseconds that they came early or late (jitter.ts). */
  jitterCounts: number[];
  lost: number;
  /** The most that were up at once. */
  most: number;
}

export interface FarEnd {
  port: number;
  pid: number;
  /** From here on people are like this, and all is counted anew. */
  begin(manner: Manner): Promise<void>;
  /** Told of each call that has ended, until what it hands back is called. */
  onOver(listener: (call: CallTimes) => void): () => void;
  /** All since `begin`. */
  take(): Promise<HeardCalls>;
  stop(): Promise<void>;
}

export async function startFarEnd(): Promise<FarEnd> {
  const child = fork(repositoryFile("test/bench/calls/far-end-main.ts"), {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let calls: CallTimes[] = [];
  const listeners = new Set<(call: CallTimes) => void>();
  child.on("message", (message: FromFarEnd) => {
    if (message.kind !== "over") return;
    calls.push(message.call);
    for (const listener of listeners) listener(message.call);
  });
  const ask = async <K extends FromFarEnd["kind"]>(kind: K, message: ToFarEnd | null) => {
    const gone = new AbortController();
    const answer = new Promise<Extract<FromFarEnd, { kind: K }>>((resolve) => {
      const take = (told: FromFarEnd) => {
        if (told.kind !== kind) return;
        child.off("message", take);
        resolve(told as Extract<FromFarEnd, { kind: K }>);
      };
      child.on("message", take);
    });
    const ended = once(child, "exit", { signal: gone.signal }).then(() => {
      throw new Error("the far end has ended");
    });
    ended.catch(() => {});
    if (message) child.send(message);
    try {
      return await Promise.race([answer, ended]);
    } finally {
      gone.abort();
    }
  };
  const { port } = await ask("up", null);
  return {
    port,
    pid: child.pid!,
    begin: async (manner) => {
      await ask("begun", { kind: "begin", manner });
      calls = [];
    },
    onOver: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take: async () => {
      const { jitterCounts, lost, most } = await ask("taken", { kind: "take" });
      return { calls, jitterCounts, lost, most };
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}
