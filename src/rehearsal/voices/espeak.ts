/**
 * eSpeak NG, out of Debian's packages: the voice of the Welsh stand-ins, and of any language that it knows. It is a
 * program (GPL-3) that a maintainer runs to make sounds; nothing of it is part of Hearback, nor linked with it.
 */
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Pcm, readWav } from "#lib/audio/wav.ts";
import { mustRun } from "#rehearsal/run-program.ts";
import { machineApt } from "./machine-apt.ts";

/** Words a minute: slower than its own 175, for older listeners. */
const pace = 150;
/** A prompt lasts 20 s at most and is said faster than that: by then it hangs. */
const mostMsAPrompt = 60_000;
const libraries = "usr/lib/x86_64-linux-gnu";

export type EspeakVoice = (text: string) => Promise<Pcm>;

/** @param language BCP 47, such as cy-GB; @param folder where the program is unpacked: see `fetchEspeak` */
export function espeakVoice(folder: string, language: string): EspeakVoice {
  const voice = language.split("-")[0]!.toLowerCase();
  return async (text) => {
    const scratch = await mkdtemp(join(tmpdir(), "hearback-voice-"));
    try {
      const file = join(scratch, "speech.wav");
      await espeak(folder, ["-v", voice, "-s", String(pace), "-w", file, "--", text]);
      return readWav(await readFile(file));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };
}

/** One of its libraries lies where only a machine's own set-up looks. */
const librariesIn = (folder: string): string =>
  [join(folder, libraries), join(folder, libraries, "pulseaudio")].join(":");

const espeak = (folder: string, args: string[]): Promise<string> =>
  mustRun(
    [
      ...["env", `LD_LIBRARY_PATH=${librariesIn(folder)}`, join(folder, "usr/bin/espeak-ng")],
      ...[`--path=${join(folder, libraries)}`, ...args],
    ],
    { timeoutMs: mostMsAPrompt },
  );

export const hasEspeak = async (folder: string): Promise<boolean> =>
  (await readdir(folder).catch(() => [])).length > 0;

/** The program with what this machine lacks of its libraries; whole or not there. */
export async function fetchEspeak(folder: string): Promise<void> {
  if (await hasEspeak(folder)) return;
  const scratch = await mkdtemp(join(tmpdir(), "hearback-espeak-"));
  try {
    const apt = await machineApt(scratch);
    await mustRun(["apt-get", ...apt, "-q", "update"]);
    const only = ["--download-only", "--no-install-recommends", "-y"];
    await mustRun(["apt-get", ...apt, "-q", "install", ...only, "espeak-ng"]);
    const archives = join(scratch, "cache/archives");
    const whole = join(scratch, "whole");
    for (const name of await readdir(archives))
      if (name.endsWith(".deb")) await mustRun(["dpkg", "-x", join(archives, name), whole]);
    await mkdir(dirname(folder), { recursive: true });
    await mustRun(["cp", "-r", whole, `${folder}.new`]);
    await rename(`${folder}.new`, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
