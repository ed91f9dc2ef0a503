/** `hearback demo` as a user starts it, in a process of its own with a state folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { repositoryFile } from "#rehearsal/repository.ts";
import { withDescendants } from "./cpu.ts";

export class DemoProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  /** All it has said so far, on both streams. */
  said = "";

  constructor(args: readonly string[], cwd = "/") {
    this.child = spawn(repositoryFile("src/cli/hearback"), ["demo", ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on("data", (text) => {
        this.said += text;
      });
    }
    this.exited = once(this.child, "close").then(([status]) => status as number | null);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until it has said something like this; throws with all it said where it ends before that. */
  async untilSaid(pattern: RegExp, withinMs = 90_000): Promise<void> {
    for (const deadline = Date.now() + withinMs; !pattern.test(this.said); await wait(50)) {
      if (this.running && Date.now() < deadline) continue;
      throw new Error(`the demo did not say ${pattern}, but:\n${this.said}`);
    }
  }

  /** Itself, its guardians, Postgres and the Asterisks, as they are now. */
  processes(): number[] {
    return withDescendants(this.child.pid!);
  }

  /** Folders for sockets that these processes use. */
  static temporaryFolders(pids: readonly number[]): string[] {
    const words = pids.flatMap((pid) => commandOf(pid));
    return [...new Set(words.flatMap((word) => /\/tmp\/hearback-\w+/.exec(word) ?? []))];
  }

  async end(): Promise<void> {
    if (this.running) this.child.kill("SIGKILL");
    await this.exited;
  }
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Those of the processes and folders that are still there once they have had their time to go. */
export async function leftBehind(pids: readonly number[], folders: readonly string[], withinMs = 15_000) {
  const left = () => [...pids.filter(isAlive).map(describe), ...folders.filter((path) => existsSync(path))];
  for (const deadline = Date.now() + withinMs; left().length > 0 && Date.now() < deadline; ) await wait(100);
  return left();
}

const describe = (pid: number): string => `process ${pid}: ${commandOf(pid).join(" ")}`;

/** A zombie has no program any more. */
function isAlive(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return true;
  } catch {
    return false;
  }
}
