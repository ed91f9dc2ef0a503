/** Signals to programs we started, and to their children: Postgres is many processes. */
import { readdirSync, readFileSync } from "node:fs";

export function childrenOf(parent: number): number[] {
  const children: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent) children.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  return children;
}

/** Whoever has ended already is passed over. */
export function signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT", ...pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
    }
  }
}
