/** What processes have cost so far, from /proc: seconds of CPU. */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ; Linux has told all programs 100 on x86-64 since ever. */
const ticksPerSecond = 100;

interface Stat {
  parent: number;
  seconds: number;
}

/** proc(5): after the name in brackets come state, ppid, ... utime (14th of all), stime, cutime, cstime. */
export function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), seconds: (utime! + stime! + cutime! + cstime!) / ticksPerSecond };
  } catch {
    return null;
  }
}

export function processes(): Map<number, Stat> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const stats = pids.flatMap((pid) => {
    const stat = statOf(Number(pid));
    return stat ? [[Number(pid), stat] as const] : [];
  });
  return new Map(stats);
}

/** The process, and all that it started and that is still there. */
export function withDescendants(pid: number, all = processes()): number[] {
  const children = [...all].filter(([, { parent }]) => parent === pid).map(([child]) => child);
  return [pid, ...children.flatMap((child) => withDescendants(child, all))];
}

export function cpuSeconds(pid: number): number {
  const all = processes();
  return withDescendants(pid, all).reduce((sum, each) => sum + (all.get(each)?.seconds ?? 0), 0);
}
