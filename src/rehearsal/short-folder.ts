import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { giveToRunUser } from "./run-user.ts";

/** A folder under /tmp for Unix sockets, whose whole path has 107 bytes at most: a checkout may lie too deep. */
export interface ShortFolder {
  path: string;
  /** Takes it away with all that is in it; again is harmless. */
  remove(): void;
}

/** Again and again for ten seconds: a program that is just starting may put a file into a folder being emptied. */
const JANITOR = 'read -r _; for try in $(seq 100); do rm -rf "$1" 2>/dev/null && exit; sleep 0.1; done';

/** Makes one that only the run user (and root) may enter, and that goes when we do, even by kill -9. */
export function makeShortFolder(): ShortFolder {
  const path = mkdtempSync("/tmp/hearback-");
  giveToRunUser(path);
  // Waits on a pipe that only we hold open; in a session of its own, so that Ctrl-C does not reach it.
  const janitor = spawn("/bin/sh", ["-c", JANITOR, "hearback-janitor", path], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  janitor.unref();
  (janitor.stdin as unknown as { unref(): void }).unref();
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 10 });
      janitor.stdin.end();
    },
  };
}
