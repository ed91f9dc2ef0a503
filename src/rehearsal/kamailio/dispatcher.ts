import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type GuardedProcess, lastLines, startGuarded } from "#rehearsal/guarded-process.ts";
import type { DispatcherPackages } from "#rehearsal/packages/install.ts";
import { KAMAILIO_MODULES } from "#rehearsal/packages/wanted.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { runProgram } from "#rehearsal/run-program.ts";
import { asRunUser } from "#rehearsal/run-user.ts";
import { makeShortFolder } from "#rehearsal/short-folder.ts";

export interface DispatcherOptions {
  /** For its log. */
  dir: string;
  packages: DispatcherPackages;
  /** Its own, at 127.0.0.1, by UDP. */
  port: number;
  /** host:port of each. Carriers are tried in their order. */
  asterisks: readonly string[];
  carriers: readonly string[];
}

/** Kamailio between several Asterisks and the carrier, as docker/kamailio sets it up. */
export interface Dispatcher {
  port: number;
  /** Settles when it answers on its command line; throws with the end of its log where it does not come up. */
  start(): Promise<void>;
  /** What kamcmd answers to e.g. "dispatcher.list". */
  cli(command: string): Promise<string>;
  /** Stops it for good and takes its temporary folder away. */
  close(): Promise<void>;
}

/** Prepares it; its start() brings it up, by the same script as in its image. */
export function prepareDispatcher(options: DispatcherOptions): Dispatcher {
  const { dir, packages, port } = options;
  const short = makeShortFolder();
  const script = repositoryFile("docker/kamailio/start.sh");
  const template = repositoryFile("docker/kamailio/kamailio.cfg");
  const mustReach = [script, template, packages.kamailio, packages.kamcmd];
  const logFile = join(dir, "kamailio.log");
  mkdirSync(dir, { recursive: true });
  let current: GuardedProcess | undefined;

  const cli = async (command: string) => {
    const words = [packages.kamcmd, "-s", `unix:${short.path}/control`, ...command.split(" ")];
    const result = await runProgram(asRunUser(words, mustReach), { cwd: "/", timeoutMs: 10_000 });
    if (result.status !== 0) throw new Error(`Kamailio did not answer "${command}": ${result.stderr.trim()}`);
    return result.stdout;
  };
  return {
    port,
    cli,
    start: async () => {
      current = await startGuarded({
        ...{ command: ["/bin/sh", script], mustReach, cwd: "/", logFile, stopSignal: "TERM", graceMs: 5_000 },
        env: {
          PATH: "/usr/bin:/bin",
          KAMAILIO_PROGRAM: packages.kamailio,
          KAMAILIO_MODULES: join(packages.prefix, KAMAILIO_MODULES),
          KAMAILIO_TEMPLATE: template,
          KAMAILIO_RUN: short.path,
          KAMAILIO_BIND_ADDRESS: "127.0.0.1",
          KAMAILIO_PORT: String(port),
          KAMAILIO_TRANSPORTS: "udp",
          KAMAILIO_ASTERISKS: options.asterisks.join(","),
          KAMAILIO_CARRIERS: options.carriers.join(","),
        },
      });
      await untilUp(current, cli, logFile);
    },
    close: async () => {
      await current?.stop();
      short.remove();
    },
  };
}

async function untilUp(kamailio: GuardedProcess, cli: Dispatcher["cli"], logFile: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; kamailio.running() && Date.now() < deadline; await wait(50)) {
    if ((await cli("core.uptime").catch(() => "")).includes("uptime")) return;
  }
  await kamailio.stop();
  throw new Error(`Kamailio did not come up:\n${lastLines(logFile)}`);
}
