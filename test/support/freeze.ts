/** A process and all that it has started, by their ids: for freezing, thawing and killing a server as a whole. */
import { readdirSync, readFileSync } from "node:fs";

/** Its own id first. */
export function processesOf(pid: number): number[] {
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return [pid, ...children.flatMap((child) => processesOf(Number(child)))];
}

function parentOf(pid: string): number | null {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return null; // it has ended meanwhile
  }
}
