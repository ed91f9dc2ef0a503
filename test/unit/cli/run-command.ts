import { Readable } from "node:stream";
import { main } from "#cli/main.ts";
import type { Services } from "#cli/ports.ts";
import { services } from "#cli/services.ts";
import { readVoice } from "#storage/flow-files.ts";

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** Services that a test has no use for say so when they are called. */
const noServices: Services = {
  openDatabase: () => Promise.reject(new Error("no database in this test")),
  voice: async () => readVoice({ promptFolder: "prompts", flowFolder: "dialplans/flows" }),
  releaseFolders: services.releaseFolders,
  promptShelf: services.promptShelf,
  ringStudio: () => Promise.reject(new Error("no telephone in this test")),
  createApp: () => Promise.reject(new Error("no app in this test")),
};

interface Circumstances {
  env?: Record<string, string>;
  services?: Partial<Services>;
  signal?: AbortSignal;
  terminal?: boolean;
  /** What comes on a pipe. */
  typed?: string;
}

/** A whole command, without a process. */
export async function hearback(args: string[], circumstances: Circumstances = {}): Promise<Ran> {
  const {
    env = {},
    services: given = {},
    signal = new AbortController().signal,
    terminal = false,
    typed = "",
  } = circumstances;
  const [stdout, stderr] = [collector(terminal), collector(terminal)];
  const stdin = Readable.from(typed === "" ? [] : [typed]);
  const status = await main(args, {
    stdin,
    stdout,
    stderr,
    env,
    signal,
    services: { ...noServices, ...given },
  });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(isTTY: boolean) {
  const pieces: string[] = [];
  return {
    isTTY,
    columns: 80,
    write: (text: string) => pieces.push(text) > 0,
    once: () => undefined,
    text: () => pieces.join(""),
  };
}
