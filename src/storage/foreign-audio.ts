/** Audio files of any kind: WAV is read here, all else by ffmpeg or sox, where the machine has one of them. */
import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { promisify } from "node:util";
import { readAnyWav, type Sound } from "#lib/audio/any-wav.ts";
import { AppError, messageOf } from "#lib/errors.ts";

const run = promisify(execFile);
const mostBytes = 64 * 1024 * 1024;
const timeoutMs = 60_000;

/** Each writes a WAV of floats to its standard output. No address is followed that stands in a file. */
const converters: readonly { program: string; args(file: string): string[] }[] = [
  {
    program: "ffmpeg",
    args: (file) => [
      ...["-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file,pipe"],
      ...["-i", `file:${file}`, "-map", "0:a:0", "-f", "wav", "-c:a", "pcm_f32le", "pipe:1"],
    ],
  },
  { program: "sox", args: (file) => [file, "-t", "wav", "-e", "floating-point", "-b", "32", "-"] },
];

/** @throws AppError `audio_unreadable` with what to do */
export async function readAudioFile(file: string, searchPath?: string): Promise<Sound> {
  try {
    if (statSync(file).size > mostBytes)
      throw new Error("it is larger than 64 MB; give a prompt of 20 s at most");
    const bytes = readFileSync(file);
    if (bytes.length === 0) throw new Error("there is nothing in it: the file is empty; save it once more");
    return readAnyWav(isWav(bytes) ? bytes : await convert(file, searchPath));
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError("audio_unreadable", messageOf(thrown), {}, { cause: thrown });
  }
}

const isWav = (bytes: Buffer): boolean => ["RIFF", "RF64"].includes(bytes.subarray(0, 4).toString("latin1"));

async function convert(file: string, searchPath: string | undefined): Promise<Uint8Array> {
  for (const { program, args } of converters) {
    try {
      const options = { encoding: "buffer", maxBuffer: 4 * mostBytes, timeout: timeoutMs } as const;
      const env = searchPath === undefined ? {} : { env: { PATH: searchPath } };
      return (await run(program, args(file), { ...options, ...env })).stdout;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") continue;
      const said = String((thrown as { stderr?: unknown }).stderr ?? messageOf(thrown))
        .trim()
        .split("\n")
        .at(-1);
      throw new AppError("audio_unreadable", `${program} cannot read it: ${said}`, {}, { cause: thrown });
    }
  }
  const kind = extname(file).slice(1).toUpperCase() || "unknown";
  if (kind === "WAV")
    throw new AppError(
      "audio_unreadable",
      "its name says WAV, and it is none; save it as WAV once more, from the program that recorded it",
    );
  throw new AppError(
    "audio_unreadable",
    `it is no WAV file (${kind}), and this machine has neither ffmpeg nor sox; save it as WAV, or install ffmpeg`,
  );
}
