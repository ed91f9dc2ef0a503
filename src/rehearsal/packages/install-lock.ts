import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Does the work while no other process holds this lock file, waiting for it if need be.
 * flock(1) holds it as long as the pipe to it is open, so that even kill -9 of us lets it go.
 */
export async function whileHolding<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn("flock", [lockFile, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const refused = once(holder, "exit").then(([status]) => {
    throw new Error(`flock ${lockFile} ended with status ${status}`);
  });
  await Promise.race([once(holder.stdout, "data"), refused]);
  refused.catch(() => {});
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}
