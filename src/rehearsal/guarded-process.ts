import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { repositoryFile } from "./repository.ts";
import { asRunUser, giveToRunUser } from "./run-user.ts";

export interface GuardedOptions {
  command: readonly string[];
  /** The files and folders it works with, which the run user must be able to get to. */
  mustReach: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** It runs as we do, and not as the run user: for our own programs. */
  asOurselves?: boolean;
  /** All that the program says is added to this file. */
  logFile: string;
  stopSignal: "INT" | "TERM";
  /** How long the program has to end after the signal before it is killed. */
  graceMs: number;
}

export interface Exit {
  /** As a shell tells it: 128 and the signal's number where a signal ended it. */
  status: number;
}

export interface GuardedProcess {
  /** The program's own, not its guardian's. */
  pid: number;
  /** Settles when the program has ended, whoever ended it. Waiting for it does not keep our own process alive. */
  exited: Promise<Exit>;
  running(): boolean;
  /** Signals it, kills it after its time of grace, and settles when it has ended. */
  stop(): Promise<void>;
}

const GUARDIAN = repositoryFile("src/rehearsal/guardian.sh");

/** Starts a program, as the run user, that cannot outlive us. Throws if it cannot be started at all. */
export async function startGuarded(options: GuardedOptions): Promise<GuardedProcess> {
  const tenths = String(Math.ceil(options.graceMs / 100));
  const guardian = ["/bin/sh", GUARDIAN, options.stopSignal, tenths, ...options.command];
  const { asOurselves = false, mustReach } = options;
  const [program, ...args] = asOurselves ? guardian : asRunUser(guardian, [GUARDIAN, ...mustReach]);
  const log = openSync(options.logFile, "a", 0o600);
  if (!asOurselves) giveToRunUser(options.logFile);
  // A session of its own: Ctrl-C in the terminal is for us, and we stop what we started in order.
  const child = spawn(program!, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["pipe", "pipe", log],
    detached: true,
  });
  closeSync(log);
  const exited = once(child, "exit").then(([code]): Exit => ({ status: (code as number | null) ?? 128 }));
  const firstLine = once(child.stdout!, "data") as Promise<[Buffer]>;
  const said = await Promise.race([firstLine, exited]);
  if (!Array.isArray(said)) {
    throw new Error(
      `${options.command[0]} did not start (status ${said.status}): ${lastLines(options.logFile)}`,
    );
  }
  for (const handle of [child, child.stdin, child.stdout] as unknown as { unref(): void }[]) handle.unref();
  child.stdin!.on("error", () => {});
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  return {
    pid: Number(said[0].toString().trim()),
    exited,
    running: () => !ended,
    stop: async () => {
      child.ref();
      child.stdin!.end();
      await exited;
    },
  };
}

/** The end of a log, to tell why a program did not start. */
export function lastLines(logFile: string): string {
  if (!existsSync(logFile)) return "";
  return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-15).join("\n");
}
