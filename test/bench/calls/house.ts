/** Hearback, Asterisk, Postgres and the far end, each a process of its own, for a part that telephones. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Pool } from "pg";
import { silentLogger } from "#lib/logger.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { markRehearsal } from "#postgres/rehearsal.ts";
import type { StoryStore } from "#recording/ports.ts";
import type { Ivr } from "#rehearsal/asterisk/ivr.ts";
import { startNetwork } from "#rehearsal/network.ts";
import { nodesEnvironment, nodesOf } from "#rehearsal/node-settings.ts";
import { startPostgres } from "#rehearsal/postgres.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type Ciphers, createCiphers } from "#storage/ciphers.ts";
import { readPromptFolder } from "#storage/prompt-folder.ts";
import { installByName, readyPauses } from "#storage/telephone-prompts.ts";
import { openStoryFolder } from "#story-folder.ts";
import { cpuSeconds } from "../../support/cpu.ts";
import type { Bench } from "../part.ts";
import { BenchApp } from "./app.ts";
import { type FarEnd, startFarEnd } from "./far-end.ts";
import { type MarkedPrompts, writeBenchPrompts } from "./prompts.ts";

export interface House {
  /** The first of the Asterisks. */
  ivr: Ivr;
  ivrs: readonly Ivr[];
  /** Every one is running when the house has been raised. */
  apps: readonly BenchApp[];
  farEnd: FarEnd;
  prompts: MarkedPrompts;
  pool: Pool;
  ciphers: Ciphers;
  store: StoryStore;
  /** Seconds of CPU so far, by whose they are; of an app that was stopped meanwhile, since it runs again. */
  cpu(): Spent;
}

export type Spent = Record<"asterisk" | "node" | "postgres" | "far end", number>;

/** What was spent from one moment to another. */
export const since = (after: Spent, before: Spent): Spent =>
  Object.fromEntries(
    Object.entries(after).map(([whose, spent]) => [whose, spent - before[whose as keyof Spent]]),
  ) as Spent;

export interface HouseOptions {
  /** RTP ports are set aside for so many, on each Asterisk. */
  maxCalls: number;
  /** How many Asterisks, and how many Hearbacks; one of each where not given. */
  nodes?: number;
  apps?: number;
  /** More of Hearback's environment, e.g. of the speech engine; without it, stories are not written down. */
  environment?: Record<string, string>;
  /** For Node itself, before the program's name, e.g. --cpu-prof. */
  nodeOptions?: readonly string[];
}

const dataKey = Buffer.alloc(32, 13);

/** All of it is stopped when the part ends. */
export async function raiseHouse(bench: Bench, options: HouseOptions): Promise<House> {
  const { dir, undo, progress } = bench;
  const { nodes = 1, apps: count = 1 } = options;
  const farEnd = await startFarEnd();
  undo(() => farEnd.stop());
  const network = await startNetwork({
    ...{ dir, nodes, maxCalls: options.maxCalls + 20, progress },
    templates: writeTemplates(join(dir, "templates")),
    farEnd: { host: "127.0.0.1", port: farEnd.port },
  });
  undo(() => network.stop());
  const postgres = await startPostgres({ dir: join(dir, "postgres"), durable: true, progress });
  undo(() => postgres.stop());
  const pool = createPool({
    ...{ url: postgres.url, applicationName: "hearback bench", as: "owner", logger: silentLogger },
  });
  undo(() => pool.end());
  await markRehearsal(pool);
  await migrate(pool);
  const prompts = writeBenchPrompts(join(dir, "prompts"));
  // The dialplan plays the same files.
  const soundsFolders = network.ivrs.map(({ soundsDir }) => soundsDir);
  await installByName(readPromptFolder(prompts.folder), soundsFolders);
  readyPauses("en-GB", soundsFolders);
  const storyFolder = join(dir, "stories");
  const environment = {
    ...appEnvironment(dir),
    ...nodesEnvironment(nodesOf(network.ivrs), join(dir, "nodes.yaml")),
    ...{ HEARBACK_DATABASE_URL: postgres.url, HEARBACK_STORY_FOLDER: storyFolder },
    HEARBACK_PROMPT_FOLDER: prompts.folder,
    ...options.environment,
  };
  const apps = Array.from(
    { length: count },
    (_, index) => new BenchApp({ ...options, name: `app-${index + 1}`, dir, environment }),
  );
  progress("starting Hearback");
  undo(() => Promise.all(apps.map((app) => app.stop())));
  await Promise.all(apps.map((app) => app.start(bench.signal)));
  const folder = await openStoryFolder({ storyFolder, dataKey, masterKey: null, oldMasterKeys: [] });
  const cpu = (): Spent => ({
    ...{ asterisk: sum(network.ivrs.map(({ pid }) => pid)), node: sum(apps.flatMap(({ pid }) => pid ?? [])) },
    ...{ postgres: cpuSeconds(postgres.pid), "far end": cpuSeconds(farEnd.pid) },
  });
  return {
    ...{ ivr: network.ivr, ivrs: network.ivrs, apps, farEnd, prompts, pool, ciphers: createCiphers(dataKey) },
    ...{ store: folder.storeOn(pool), cpu },
  };
}

const sum = (pids: readonly number[]): number => pids.reduce((total, pid) => total + cpuSeconds(pid), 0);

const appEnvironment = (dir: string): Record<string, string> => ({
  ...{ PATH: "/usr/bin:/bin", HOME: dir, NODE_COMPILE_CACHE: join(dir, "node-cache") },
  HEARBACK_DATA_KEY: dataKey.toString("hex"),
  HEARBACK_SPOOL_FOLDER: join(dir, "answer-spool"),
  HEARBACK_FLOW_FOLDER: repositoryFile("test/bench/calls/flows"),
  HEARBACK_SPEECH_ENGINE: "none",
  HEARBACK_LISTEN: "127.0.0.1:0",
  HEARBACK_DISK_LOW_MB: "100",
  // The pace is each campaign's own here: what a trunk is let have by itself is far less than is looked for.
  HEARBACK_TRUNK_CALLS_PER_SECOND: "1000",
});

/** Ours, and in them the dialplan that we are measured against. */
function writeTemplates(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const shipped = repositoryFile("dialplans/asterisk");
  for (const name of readdirSync(shipped).filter((file) => file.endsWith(".conf")))
    copyFileSync(join(shipped, name), join(folder, name));
  const append = (name: string, text: string) =>
    writeFileSync(join(folder, name), `${readFileSync(join(shipped, name), "utf8")}\n${text}`);
  append("hooks.conf", readFileSync(repositoryFile("test/bench/calls/extensions.conf"), "utf8"));
  append("modules.conf", "require = app_read.so\nrequire = app_record.so\n");
  return folder;
}
