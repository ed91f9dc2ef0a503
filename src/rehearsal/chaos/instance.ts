/** A `hearback serve` as a process of its own, started again whenever it ends, as systemd would. */
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { GuardedProcess } from "#rehearsal/guarded-process.ts";
import { addressIn, startServe } from "#rehearsal/serve-process.ts";
import type { End } from "./outlook.ts";
import { signal } from "./processes.ts";
import type { Life } from "./takeovers.ts";

export interface InstanceOptions {
  name: string;
  folder: string;
  env: Record<string, string>;
  /** What its processes write down, one after the other. */
  logFile: string;
  /** It ended without our doing: at a crash point, or of its own will. */
  onEnded(end: End, crashPoint: string | null): void;
}

const restartMs = 1_000;
const killed = 128 + 9;

export class Instance {
  readonly name: string;
  readonly #options: InstanceOptions;
  readonly #log: string;
  #process: GuardedProcess | null = null;
  #stopping = false;
  #killing = false;
  /** Where its next process is to die. */
  crashPoint: string | null = null;
  #running: Promise<void> = Promise.resolve();
  /** Where in `saidFile` the words of its present process begin. */
  saidFromByte = 0;
  /** Of all its processes, the oldest first. */
  readonly lives: Life[] = [];

  constructor(options: InstanceOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = join(options.folder, `${options.name}.said`);
  }

  start(): void {
    this.#running = this.#run();
  }

  get logFile(): string {
    return this.#options.logFile;
  }

  /** What its processes print, one after the other: why one ended is at its end. */
  get saidFile(): string {
    return this.#log;
  }

  get pid(): number | null {
    return this.#process?.running() ? this.#process.pid : null;
  }

  /** Where its pages are; null until it is up. */
  get address(): string | null {
    return addressIn(readFileSync(this.#log).subarray(this.saidFromByte).toString());
  }

  /** @returns whether there was anything to kill */
  kill(crashPointNext: string | null): boolean {
    if (this.pid === null) return false;
    this.crashPoint = crashPointNext;
    this.#killing = true;
    signal("SIGKILL", this.pid);
    return true;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = this.#process;
    if (running) {
      signal("SIGCONT", running.pid);
      await running.stop();
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const armed = this.crashPoint;
      this.crashPoint = null;
      appendFileSync(this.#log, "");
      this.saidFromByte = statSync(this.#log).size;
      this.#process = await this.#begin(armed);
      const life = { pid: this.#process.pid, fromMs: Date.now(), diedMs: Number.POSITIVE_INFINITY };
      this.lives.push(life);
      const { status } = await this.#process.exited;
      life.diedMs = Date.now();
      const { fromMs, diedMs } = life;
      const end = { instance: this.name, status, fromMs, diedMs, wasUp: this.address !== null };
      if (!this.#stopping && !this.#killing) this.#options.onEnded(end, status === killed ? armed : null);
      this.#killing = false;
      if (!this.#stopping) await wait(restartMs);
    }
  }

  #begin(crashPoint: string | null): Promise<GuardedProcess> {
    return startServe({
      ...{ folder: this.#options.folder, saidFile: this.#log, graceMs: 20_000 },
      env: { ...this.#options.env, ...(crashPoint ? { HEARBACK_CRASH_POINT: crashPoint } : {}) },
    });
  }
}
