import { spawn } from "node:child_process";

/** What a program said and how it ended. */
export interface ProgramResult {
  status: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  /** Each line of its output as it comes. */
  onLine?: (line: string) => void;
  /** Kill it after so long. */
  timeoutMs?: number;
}

/** Runs a program to its end. A status other than 0 is a result, not an error; throws if it cannot be started. */
export function runProgram(command: readonly string[], options: RunOptions = {}): Promise<ProgramResult> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined
        ? {}
        : { timeout: options.timeoutMs, killSignal: "SIGKILL" as const }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (options.onLine) for (const line of text.split("\n")) if (line) options.onLine(line);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? 128, stdout, stderr }));
  });
}

/** Runs a program that must succeed; its error output is in the message when it does not. */
export async function mustRun(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await runProgram(command, options);
  if (result.status !== 0) {
    const said = `${result.stderr}\n${result.stdout}`.trim().slice(-2000);
    throw new Error(`${command[0]} ended with status ${result.status}:\n${said}`);
  }
  return result.stdout;
}
