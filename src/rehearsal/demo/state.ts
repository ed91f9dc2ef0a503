import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "#lib/errors.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

/** Where the demo keeps its database, stories, recordings and log: below the checkout, outside git, unless told. */
export interface DemoState {
  dir: string;
  at(name: string): string;
  /** 32 bytes; made at the first demo and kept, since it opens what earlier ones wrote. */
  dataKey: Buffer;
  release(): void;
}

/**
 * Takes the demo's folder for this process; afresh unless resumed.
 * @throws AppError `demo_running` while another demo has that folder
 */
export function takeState(options: { resume: boolean; state: string | null }): DemoState {
  const root = options.state === null ? repositoryFile(".hearback") : resolve(options.state);
  const dir = join(root, "demo");
  const lock = join(root, "demo.pid");
  mkdirSync(root, { recursive: true, mode: 0o755 });
  refuseSecond(lock);
  writeFileSync(lock, String(process.pid));
  if (!options.resume) rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  return {
    dir,
    at: (name) => join(dir, name),
    dataKey: dataKey(join(root, "demo.key")),
    release: () => rmSync(lock, { force: true }),
  };
}

function refuseSecond(lock: string): void {
  const pid = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : 0;
  if (!pid || pid === process.pid || !isDemo(pid)) return;
  throw new AppError(
    "demo_running",
    `A demo of this checkout is running already (process ${pid}); end it with Ctrl-C first.`,
  );
}

/** A process id may have passed to somebody else since. */
function isDemo(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes("demo");
  } catch {
    return false;
  }
}

function dataKey(file: string): Buffer {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64"), { mode: 0o600 });
  return Buffer.from(readFileSync(file, "utf8"), "base64");
}
