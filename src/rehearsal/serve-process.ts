/** A `hearback serve` of this checkout as a process of its own. */
import { type GuardedProcess, startGuarded } from "./guarded-process.ts";
import { repositoryFile } from "./repository.ts";

export interface ServeOptions {
  /** Where it works. */
  folder: string;
  env: Record<string, string>;
  /** What it prints is added to this file. */
  saidFile: string;
  /** For Node itself, before the program's name, e.g. --cpu-prof. */
  nodeOptions?: readonly string[];
  /** So long it has to end its calls when it is stopped. */
  graceMs: number;
}

export const startServe = (options: ServeOptions): Promise<GuardedProcess> => {
  const { folder, env, saidFile, nodeOptions = [], graceMs } = options;
  const main = repositoryFile("src/cli/main.ts");
  return startGuarded({
    command: [process.execPath, "--disable-warning=ExperimentalWarning", ...nodeOptions, main, "serve"],
    ...{ mustReach: [], asOurselves: true, cwd: folder, logFile: saidFile, env },
    ...{ stopSignal: "TERM", graceMs },
  });
};

/** Where its pages are, by what it printed; null while it is not up. */
export const addressIn = (said: string): string | null => /Hearback is up at (\S+)\./.exec(said)?.[1] ?? null;
