/** One Hearback of the house, which can be stopped and started again. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type GuardedProcess, lastLines } from "#rehearsal/guarded-process.ts";
import { addressIn, startServe } from "#rehearsal/serve-process.ts";

export interface BenchAppOptions {
  name: string;
  dir: string;
  environment: Record<string, string>;
  nodeOptions?: readonly string[];
}

const upWithinMs = 30_000;

export class BenchApp {
  readonly name: string;
  readonly #options: BenchAppOptions;
  #process: GuardedProcess | null = null;

  constructor(options: BenchAppOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#process?.running() ? this.#process.pid : null;
  }

  /** Resolves once it is up; throws with its last words where it does not come up. */
  async start(signal: AbortSignal): Promise<void> {
    const { name, dir, environment, nodeOptions = [] } = this.#options;
    const saidFile = join(dir, `${name}.said`);
    rmSync(saidFile, { force: true });
    const env = { ...environment, HEARBACK_LOG_FILE: join(dir, `${name}.log`) };
    const app = await startServe({ folder: dir, env, saidFile, nodeOptions, graceMs: 30_000 });
    this.#process = app;
    for (const until = performance.now() + upWithinMs; ; await wait(100, undefined, { signal })) {
      if (addressIn(readFileSync(saidFile, "utf8"))) return;
      if (!app.running() || performance.now() > until)
        throw new Error(`Hearback (${name}) did not come up: ${lastLines(saidFile)}`);
    }
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = null;
  }
}
