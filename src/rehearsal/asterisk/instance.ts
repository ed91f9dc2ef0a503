import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type GuardedProcess, lastLines, startGuarded } from "#rehearsal/guarded-process.ts";
import type { Packages } from "#rehearsal/packages/install.ts";
import { ASTERISK_MODULES } from "#rehearsal/packages/wanted.ts";
import { runProgram } from "#rehearsal/run-program.ts";
import { asRunUser, giveToRunUser } from "#rehearsal/run-user.ts";
import { makeShortFolder } from "#rehearsal/short-folder.ts";

/** A configuration file: written by us, or one that lies elsewhere and is linked, so that a reload sees edits. */
export type ConfigFile = { text: string } | { linkTo: string };

export interface InstanceSpec {
  /** Of this instance alone, kept from one start to the next. */
  dir: string;
  packages: Packages;
  modules: readonly string[];
  /** By name, for its etc folder; asterisk.conf among them. */
  config: Record<string, ConfigFile>;
  /** Folders to be linked below its folder of sounds, by name. */
  sounds?: Record<string, string>;
}

/** A prepared Asterisk, which can be started, killed and started again with the same folders. */
export interface AsteriskInstance {
  dir: string;
  recordingDir: string;
  soundsDir: string;
  logDir: string;
  /** Of the running Asterisk; throws while none runs. */
  readonly pid: number;
  running(): boolean;
  /** Settles when all its modules are loaded; throws with the end of its log where it does not come up. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it for good and takes its temporary folder away. */
  close(): Promise<void>;
  /** What the command line answers to e.g. "core show channels count"; throws where Asterisk is away. */
  cli(command: string): Promise<string>;
  /** Called each time Asterisk has ended, also when it was asked to. */
  onExit(listener: () => void): void;
}

/** Where Asterisk finds and leaves things, below an instance's folder. */
function instanceFolders(dir: string, run: string) {
  const at = (path: string) => join(dir, path);
  return {
    ...{ etc: at("etc"), modules: at("modules"), lib: at("lib"), data: at("data"), spool: at("spool") },
    ...{
      log: at("log"),
      cache: at("cache"),
      sounds: at("data/sounds"),
      recordings: at("spool/recording"),
      run,
    },
  };
}

export type InstanceFolders = ReturnType<typeof instanceFolders>;

/**
 * Lays out the instance's folder. Asterisk cuts paths of more than 255 bytes, so it is told all of them through a
 * link in a short folder: those are what `describe` gets, and what belongs into the configuration.
 */
export function prepareInstance(
  dir: string,
  describe: (folders: InstanceFolders) => InstanceSpec,
): AsteriskInstance {
  const short = makeShortFolder();
  const shortcut = join(short.path, "instance");
  symlinkSync(resolve(dir), shortcut);
  const folders = instanceFolders(resolve(dir), short.path);
  const spec = describe(instanceFolders(shortcut, short.path));
  layOut(folders, spec);
  const command = [spec.packages.asterisk, "-C", join(shortcut, "etc/asterisk.conf")];
  const links = Object.values(spec.config).flatMap((file) => ("linkTo" in file ? [file.linkTo] : []));
  const mustReach = [
    spec.packages.asterisk,
    folders.etc,
    folders.modules,
    ...links,
    ...Object.values(spec.sounds ?? {}),
  ];
  const listeners: (() => void)[] = [];
  let current: GuardedProcess | undefined;

  const cli = async (words: string) => {
    const result = await runProgram(asRunUser([...command, "-rx", words], mustReach), {
      cwd: "/",
      timeoutMs: 10_000,
    });
    if (result.status !== 0) throw new Error(`Asterisk did not answer "${words}": ${result.stderr.trim()}`);
    return result.stdout;
  };
  const stop = async () => {
    await current?.stop();
    current = undefined;
  };
  return {
    dir: resolve(dir),
    recordingDir: folders.recordings,
    soundsDir: folders.sounds,
    logDir: folders.log,
    get pid() {
      if (!current?.running()) throw new Error(`no Asterisk runs in ${dir}`);
      return current.pid;
    },
    running: () => current?.running() ?? false,
    start: async () => {
      if (current?.running()) return;
      const logFile = join(folders.log, "console.log");
      current = await startGuarded({
        // -f: stay in the foreground; -n: no colours
        ...{ command: [...command, "-f", "-n"], mustReach, cwd: folders.log, logFile },
        env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", HOME: folders.lib },
        ...{ stopSignal: "TERM", graceMs: 5_000 },
      });
      void current.exited.then(() => {
        for (const listener of listeners) listener();
      });
      await untilBooted(current, cli, logFile);
    },
    stop,
    close: async () => {
      await stop();
      short.remove();
    },
    cli,
    onExit: (listener) => {
      listeners.push(listener);
    },
  };
}

async function untilBooted(
  asterisk: GuardedProcess,
  cli: (words: string) => Promise<string>,
  logFile: string,
) {
  for (const deadline = Date.now() + 30_000; asterisk.running() && Date.now() < deadline; await wait(50)) {
    const answer = await cli("core waitfullybooted").catch(() => "");
    if (answer.includes("fully booted")) return;
  }
  await asterisk.stop();
  throw new Error(`Asterisk did not come up:\n${lastLines(logFile)}`);
}

function layOut(folders: InstanceFolders, spec: InstanceSpec): void {
  const owned = [
    ...[folders.lib, join(folders.lib, "keys"), folders.data, folders.sounds, join(folders.data, "moh")],
    ...[folders.spool, folders.recordings, join(folders.spool, "monitor"), join(folders.spool, "tmp")],
    ...[folders.log, join(folders.log, "cdr-csv"), join(folders.log, "cel-custom"), folders.cache],
  ];
  mkdirSync(spec.dir, { recursive: true });
  chmodSync(spec.dir, 0o755);
  // Stories and numbers are in these: only the run user, and root, may look.
  for (const folder of owned) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o700);
  }
  giveToRunUser(...owned);
  for (const [name, folder] of Object.entries(spec.sounds ?? {}))
    link(resolve(folder), join(folders.sounds, name));
  const share = join(spec.packages.prefix, "usr/share/asterisk");
  // Asterisk reads the first when it starts; ARI's clients ask it for the second.
  for (const name of ["documentation", "rest-api"]) link(join(share, name), join(folders.data, name));
  linkModules(folders.modules, spec);
  rmSync(folders.etc, { recursive: true, force: true });
  mkdirSync(folders.etc, { mode: 0o700 });
  for (const [name, file] of Object.entries(spec.config)) {
    const path = join(folders.etc, name);
    if ("linkTo" in file) symlinkSync(file.linkTo, path);
    else writeFileSync(path, file.text, { mode: 0o600 });
    if ("text" in file) giveToRunUser(path);
  }
  giveToRunUser(folders.etc);
}

/** A folder of the wanted modules only, so that no request, of whomever, can load any other. */
function linkModules(folder: string, spec: InstanceSpec): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  for (const name of spec.modules) {
    const module = join(spec.packages.prefix, ASTERISK_MODULES, `${name}.so`);
    if (!existsSync(module)) throw new Error(`there is no Asterisk module ${name} in the installed packages`);
    symlinkSync(module, join(folder, `${name}.so`));
  }
}

function link(target: string, path: string): void {
  rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
}
