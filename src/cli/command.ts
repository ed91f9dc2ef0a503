import type { Environment } from "#config.ts";
import { AppError } from "#lib/errors.ts";
import type { Services } from "./ports.ts";

/** One word after `hearback`. */
export interface Command {
  name: string;
  /** One line for `hearback --help`. */
  summary: string;
  /** What `hearback NAME --help` prints. */
  usage: string;
  /** @returns the exit status */
  run(args: string[], io: Io): Promise<number>;
}

/** What a command may touch: everything comes in here, so that tests run commands without a process. */
export interface Io {
  /** Results. */
  stdout: Output;
  /** Progress and faults. */
  stderr: Output;
  /** What is typed, or comes on a pipe. */
  stdin: NodeJS.ReadableStream;
  env: Environment;
  /** Aborted by Ctrl-C and by SIGTERM. */
  signal: AbortSignal;
  services: Services;
}

/** As much of a stream as commands use. */
export interface Output {
  /** False: wait for "drain" before writing more. */
  write(text: string): boolean;
  once(event: "drain", listener: () => void): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/** Wrongly called: told with the nearest right word, exit status 2. */
export class UsageError extends AppError {
  constructor(message: string) {
    super("usage", message);
  }
}

export const say = (output: Output, line: string): void => void output.write(`${line}\n`);

/** Writes, and waits where the reader is slower than we are. */
export async function writeAll(output: Output, text: string): Promise<void> {
  if (!output.write(text)) await new Promise<void>((resolve) => output.once("drain", resolve));
}
