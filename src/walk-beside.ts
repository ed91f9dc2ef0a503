/** One walk in a process of its own: at the lowest priority, and with nothing of our settings and secrets around it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ReleaseFiles } from "#release/files.ts";
import type { WalkJobProgress } from "#release/walk-jobs.ts";
import type { FromWalk, ToWalk } from "#release/walk-messages.ts";
import type { WalksReport } from "#release/walk-report.ts";

export type WalkEnd = { kind: "report"; report: WalksReport } | { kind: "trouble"; problem: string };

export interface WalkBeside {
  pid: number | undefined;
  progress(): WalkJobProgress;
  /** Whether live calls leave room; it waits until this was said. */
  mayGoOn(yes: boolean): void;
  /** Ends it, and settles when its calls and its Asterisk have ended. */
  stop(): Promise<void>;
  ended: Promise<WalkEnd>;
}

const program = fileURLToPath(new URL("./rehearsal/walks/walk-process.ts", import.meta.url));
/** Where Asterisk's own programs, `setpriv` and `sh` are. */
const environment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
};
const stopWithinMs = 20_000;
const keptOfLog = 1_500;

export function walkBeside(files: ReleaseFiles, asteriskFolder: string | null): WalkBeside {
  const child = fork(program, [], {
    ...{ env: environment, serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] },
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  let progress: WalkJobProgress = { walks: 0, done: 0, failed: 0, line: "" };
  let end: WalkEnd | null = null;
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-keptOfLog);
  });
  child.on("message", (message: FromWalk) => {
    if (message.kind === "progress") progress = message.progress;
    else end = message;
  });
  const tell = (message: ToWalk) => {
    // It may end at any moment: whoever waits is told of that by `ended`.
    if (child.connected) child.send(message, () => {});
  };
  const { promise: ended, resolve } = Promise.withResolvers<WalkEnd>();
  const died = (how: string) =>
    resolve(
      end ?? {
        kind: "trouble",
        problem: [`the walk's process ended (${how})`, said.trim()].filter(Boolean).join(": "),
      },
    );
  child.once("close", (status, signal) => died(signal ?? `status ${status}`));
  child.once("error", (thrown) => died(thrown.message));
  tell({ kind: "begin", files, asteriskFolder });
  return {
    ...{ pid: child.pid, progress: () => progress, ended },
    mayGoOn: (yes) => tell({ kind: "may-go-on", yes }),
    stop: async () => {
      tell({ kind: "stop" });
      const kill = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
      await ended;
      clearTimeout(kill);
    },
  };
}
