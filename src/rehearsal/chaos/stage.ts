/** Everything that chaos happens to: Postgres, Asterisk, two Hearbacks, a speech server and the far end, each apart. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { alwaysOpen } from "#campaign/calling-hours.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import type { NodeSettings } from "#config.ts";
import { startCampaign } from "#postgres/campaigns.ts";
import { migrate } from "#postgres/migrate.ts";
import { markRehearsal } from "#postgres/rehearsal.ts";
import type { StoryStore } from "#recording/ports.ts";
import type { Ivr } from "#rehearsal/asterisk/ivr.ts";
import { createCallList } from "#rehearsal/call-list.ts";
import { writeMarkedPrompts } from "#rehearsal/far-end/marked-prompts.ts";
import { type Network, startNetwork } from "#rehearsal/network.ts";
import { nodesEnvironment, nodesOf } from "#rehearsal/node-settings.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { startTcpProxy, type TcpProxy } from "#rehearsal/tcp-proxy.ts";
import { type Ciphers, createCiphers } from "#storage/ciphers.ts";
import { readPromptFolder } from "#storage/prompt-folder.ts";
import { installByName, readyPauses } from "#storage/telephone-prompts.ts";
import { openStoryFolder } from "#story-folder.ts";
import { type ChaosDatabase, startDatabase } from "./database.ts";
import { Instance } from "./instance.ts";
import type { End } from "./outlook.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { startSpeech } from "./speech.ts";

export interface StageOptions {
  dir: string;
  seed: number;
  calls: number;
  /** Most at once. */
  maxCalls: number;
  /** Of each instance; 3 where not given. */
  callsPerSecond?: number;
  onEnded(end: End, crashPoint: string | null): void;
  /** Of both instances, beside ours or in their place. */
  settings?: Readonly<Record<string, string>>;
}

export interface Stage {
  dir: string;
  ciphers: Ciphers;
  database: ChaosDatabase;
  network: Network;
  nodes: Ivr[];
  instances: Instance[];
  /** Ways between the parts, by whose they are. */
  ways: { name: string; kind: "ari" | "postgres" | "speech"; proxy: TcpProxy }[];
  /** Of the recordings, one a node; none where none may be mounted. */
  disks: SmallDisk[];
  /** The far end's own word for what happened. */
  ledgerFile: string;
  storyFolder: string;
  /** What lies in it, opened. */
  store: StoryStore;
  begin(): Promise<void>;
  /** Also where it has not been raised whole. @param keep leave in the folder what would go with it */
  stop(options?: { keep: boolean }): Promise<void>;
}

const dataKey = Buffer.alloc(32, 11);
const instanceNames = ["a", "b"];
/** As network.ts names them. */
const nodeFolders = ["ivr", "ivr-2"];

export async function raiseStage(options: StageOptions): Promise<Stage> {
  const { dir, maxCalls, seed } = options;
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const undo: Undo[] = [];
  const stop = async ({ keep } = { keep: false }) => {
    for (const step of undo.splice(0).toReversed()) await step(keep);
  };
  try {
    const ledgerFile = join(dir, "far-end.jsonl");
    const farEnd = await startFarEnd(ledgerFile, seed);
    undo.push(farEnd.stop);
    const disks: SmallDisk[] = [];
    for (const folder of nodeFolders) {
      const disk = await mountSmallDisk(join(dir, folder, "spool/recording"));
      if (disk) disks.push(disk);
      undo.push((keep) => disk?.unmount(keep ? join(dir, `recordings-of-${folder}`) : null));
    }
    const [network, database] = await Promise.all([
      startNetwork({
        ...{ dir, nodes: nodeFolders.length, maxCalls: maxCalls + 10 },
        farEnd: { host: "127.0.0.1", port: farEnd.port },
      }),
      startDatabase(dir),
    ]);
    undo.push(
      () => network.stop(),
      () => database.stop(),
    );
    await markRehearsal(database.pool);
    await migrate(database.pool);
    const nodes = [...network.ivrs];
    for (const node of nodes) reviveAlways(node, undo);
    const storyFolder = join(dir, "stories");
    const raised = await raiseInstances({ ...options, nodes, database, storyFolder }, undo);
    const folder = await openStoryFolder({ storyFolder, dataKey, masterKey: null, oldMasterKeys: [] });
    return {
      ...{ dir, ciphers: createCiphers(dataKey), database, network, nodes, disks, ledgerFile, storyFolder },
      store: folder.storeOn(database.pool),
      ...raised,
      begin: () => beginCampaign(database, options),
      stop,
    };
  } catch (thrown) {
    await stop({ keep: true });
    throw thrown;
  }
}

/** What was begun, undone, the last first. */
type Undo = (keep: boolean) => unknown;

async function startFarEnd(ledgerFile: string, seed: number) {
  const main = repositoryFile("src/rehearsal/far-end/main.ts");
  const child = spawn(process.execPath, [main, ledgerFile, String(seed)], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const ended = once(child, "exit").then(([status]) => {
    throw new Error(`the far end did not start (status ${status})`);
  });
  ended.catch(() => {});
  const [said] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer];
  const stop = async () => {
    const exited = once(child, "exit");
    child.stdin.end();
    await exited;
  };
  return { port: Number(said.toString()), stop };
}

/** As systemd would. */
function reviveAlways(ivr: Ivr, undo: Undo[]): void {
  let stopping = false;
  undo.push(() => {
    stopping = true;
  });
  const revive = () => {
    if (!stopping) setTimeout(() => ivr.start().catch(() => !stopping && revive()), 1_000);
  };
  ivr.onExit(revive);
}

interface Raising extends StageOptions {
  nodes: Ivr[];
  database: ChaosDatabase;
  storyFolder: string;
}

async function raiseInstances(raising: Raising, undo: Undo[]) {
  const { database, nodes, dir } = raising;
  const ways: Stage["ways"] = [];
  const way = async (
    name: string,
    kind: Stage["ways"][number]["kind"],
    target: Parameters<typeof startTcpProxy>[0],
  ) => {
    const proxy = await startTcpProxy(target);
    undo.push(() => proxy.close());
    ways.push({ name, kind, proxy });
    return proxy.port;
  };
  const speech = await startSpeech();
  undo.push(speech.stop);
  const promptFolder = writeMarkedPrompts(join(dir, "prompts"));
  // Before the instances, whose files Asterisk's user might not read.
  const soundsFolders = nodes.map(({ soundsDir }) => soundsDir);
  await installByName(readPromptFolder(promptFolder), soundsFolders);
  readyPauses("en-GB", soundsFolders);
  const instances: Instance[] = [];
  for (const name of instanceNames) {
    const seen = await Promise.all(
      nodesOf(nodes).map(async (node) => {
        const target = { port: Number(new URL(node.ariUrl).port) };
        const port = await way(`ari of ${name} to ${node.name}`, "ari", target);
        return { ...node, ariUrl: `http://127.0.0.1:${port}` };
      }),
    );
    const ports = {
      database: await way(`postgres of ${name}`, "postgres", database.target),
      speech: await way(`speech of ${name}`, "speech", { port: speech.port }),
    };
    const instance = new Instance({
      ...{ name, folder: dir, logFile: logFileOf(dir, name) },
      ...{ env: environment(name, raising, ports, { promptFolder, nodes: seen }) },
      onEnded: raising.onEnded,
    });
    instances.push(instance);
    undo.push(() => instance.stop());
  }
  return { instances, ways };
}

function environment(
  name: string,
  { database, storyFolder, dir, settings = {} }: Raising,
  ports: { database: number; speech: number },
  { promptFolder, nodes }: { promptFolder: string; nodes: NodeSettings[] },
): Record<string, string> {
  return {
    ...{ PATH: "/usr/bin:/bin", HOME: dir },
    ...nodesEnvironment(nodes, join(dir, `nodes-of-${name}.yaml`)),
    HEARBACK_DATABASE_URL: database.url(ports.database),
    HEARBACK_DATA_KEY: dataKey.toString("hex"),
    HEARBACK_STORY_FOLDER: storyFolder,
    HEARBACK_SPOOL_FOLDER: join(dir, "answer-spool"),
    HEARBACK_PROMPT_FOLDER: promptFolder,
    HEARBACK_FLOW_FOLDER: repositoryFile("dialplans/flows"),
    HEARBACK_SPEECH_ENGINE: "openai-compatible",
    HEARBACK_OPENAI_URL: `http://127.0.0.1:${ports.speech}`,
    HEARBACK_OPENAI_MODEL: "chaos",
    HEARBACK_LISTEN: "127.0.0.1:0",
    HEARBACK_DISK_LOW_MB: "1",
    HEARBACK_LOG_FILE: logFileOf(dir, name),
    // As docker/systemd has it.
    NODE_COMPILE_CACHE: join(dir, "node-cache"),
    ...settings,
  };
}

const logFileOf = (dir: string, name: string): string => join(dir, `${name}.log`);

async function beginCampaign(
  { pool }: ChaosDatabase,
  { calls, maxCalls, callsPerSecond = 3 }: StageOptions,
): Promise<void> {
  const settings = parseSettings({
    ...{ spokenName: "trust-northfield", callerNumber: "+441632960000", callingHours: alwaysOpen },
    ...{ maxCalls, callsPerSecond, ringSeconds: 15, storyLimitSeconds: 20 },
    // Whoever is busy is tried again in seconds, not tomorrow.
    ...{ numberOnceADay: false, contactBudget: null },
    retryPolicy: { maxAttempts: 2, afterMinutes: { busy: 1 / 6, no_answer: 1 / 6, congestion: 1 / 12 } },
  });
  await createCallList(pool, createCiphers(dataKey), { name: "chaos", settings, calls });
  await startCampaign(pool, "chaos");
}
