/** The rehearsal's Asterisk and Postgres as if they were a hospital's: reached by settings alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Network, startNetwork } from "#rehearsal/network.ts";
import { nodesEnvironment, nodesOf } from "#rehearsal/node-settings.ts";
import type { Person } from "#rehearsal/people/person.ts";
import type { Ringer } from "#rehearsal/people/ringer.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

export interface Hospital {
  network: Network;
  database: TestDatabase;
  folder: string;
  /** Every setting that `hearback serve` must be given. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

interface HospitalOptions {
  maxCalls?: number;
  /** More than one stand in a file, as HEARBACK_NODES has it. */
  nodes?: number;
  /** One for all of them, which is a fault. */
  entityId?: string;
  /** Beside those of people.ts. */
  morePeople?: readonly Person[];
  /** Who can ring us. */
  ringers?: readonly Ringer[];
}

export async function startHospital({ maxCalls = 10, ...of }: HospitalOptions = {}): Promise<Hospital> {
  mkdirSync(repositoryFile(".hearback/test"), { recursive: true });
  const folder = mkdtempSync(repositoryFile(".hearback/test/hospital-"));
  const [network, database] = await Promise.all([
    startNetwork({ dir: folder, maxCalls, ...of }),
    createTestDatabase(),
  ]);
  return {
    ...{ network, database, folder },
    env: {
      HEARBACK_DATABASE_URL: database.url,
      HEARBACK_DATA_KEY: "ab".repeat(32),
      ...(network.ivrs.length > 1
        ? nodesEnvironment(nodesOf(network.ivrs), join(folder, "nodes.yaml"))
        : single(network)),
      HEARBACK_STORY_FOLDER: join(folder, "stories"),
      HEARBACK_PROMPT_FOLDER: repositoryFile("prompts"),
      HEARBACK_FLOW_FOLDER: repositoryFile("dialplans/flows"),
      HEARBACK_SPEECH_ENGINE: "none",
      HEARBACK_LISTEN: "127.0.0.1:0",
    },
    stop: async () => {
      await network.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const single = ({ ivr }: Network): Record<string, string> => ({
  HEARBACK_ARI_URL: ivr.ariUrl,
  HEARBACK_ARI_USER: ivr.ariUser,
  HEARBACK_ARI_PASSWORD: ivr.ariPassword,
  HEARBACK_AMI_HOST: "127.0.0.1",
  HEARBACK_AMI_PORT: String(ivr.amiPort),
  HEARBACK_AMI_HEALTH_USER: ivr.amiUsers.health.user,
  HEARBACK_AMI_HEALTH_PASSWORD: ivr.amiUsers.health.password,
  HEARBACK_AMI_RELEASE_USER: ivr.amiUsers.release.user,
  HEARBACK_AMI_RELEASE_PASSWORD: ivr.amiUsers.release.password,
  HEARBACK_SOUNDS_FOLDER: ivr.soundsDir,
  HEARBACK_CEL_FILE: join(ivr.logDir, "cel-custom/Master.csv"),
  HEARBACK_CDR_FILE: join(ivr.logDir, "cdr-csv/Master.csv"),
});

export interface Hearback {
  process: ChildProcess;
  /** All that it has said. */
  said(): string;
  /** Its exit status; 128 where a signal ended it. */
  exited: Promise<number>;
}

/** The command as a process of its own, in a folder that is not the checkout's. */
export function spawnHearback(args: string[], env: Record<string, string>): Hearback {
  const child = spawn(repositoryFile("src/cli/hearback"), args, {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
  const exited = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 128)));
  return { process: child, said: () => text, exited };
}
