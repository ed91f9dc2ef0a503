import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Audio } from "#call/line.ts";
import { AppError } from "#lib/errors.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import type { Prompts } from "./flow-files.ts";
import { isThere, letIn, openToAsterisk, replace } from "./sound-files.ts";
import { endingsOf, layCopiesBeside } from "./telephone-copies.ts";

const sampleRate = 8_000;
/** Asterisk has no "silence of N ms": pauses are files like any prompt, in steps of this. */
const pauseStepMs = 100;
const longestPauseMs = 3_000;
const aLawSilence = 0xd5;

/** How Asterisk finds what a call plays. */
export type MediaUri = (audio: Audio) => string;

/**
 * Puts the prompts of a folder, and pauses, where Asterisk finds them by their names, as dialplans play them: A-law, and
 * G.722 of those that are wide. Asterisk plays what fits the call. They are copies of those by content, and compared with
 * them byte by byte, as times tell little: an older version that knows no G.722 writes over the A-law alone, and an image
 * may bring another recording of an earlier day. Each is replaced whole, so that a live call never hears half of one.
 * @param soundsFolders Asterisk's folder of sounds on every node, as we see it
 * @throws AppError `prompt_unusable` naming the file: not mono 16-bit WAV of 8 or 16 kHz
 */
export async function installPrompts(prompts: Prompts, soundsFolders: readonly string[]): Promise<MediaUri> {
  const names = readdirSync(prompts.folder).filter((file) => file.endsWith(".wav"));
  const wavs = new Map(names.map((name) => [name, readFileSync(join(prompts.folder, name))]));
  await layAll(
    [...wavs].map(([name, wav]) => [join(prompts.folder, name), wav]),
    soundsFolders,
  );
  for (const soundsFolder of soundsFolders) {
    const folder = join(soundsFolder, "hearback", prompts.language);
    openToAsterisk(folder);
    for (const [name, wav] of wavs) {
      const target = join(folder, name.slice(0, -".wav".length));
      copyByName(wav, join(soundsFolder, soundName(hashOf(wav))), target);
    }
    installPauses(folder);
  }
  return (audio) => {
    if ("recording" in audio) return `recording:${audio.recording}`;
    if ("sound" in audio) return `sound:${audio.sound}`;
    return `sound:hearback/${prompts.language}/${pauseName(audio.pauseMs)}`;
  };
}

/** The A-law and the G.722 of one name are always of one recording. */
function copyByName(wav: Uint8Array, content: string, target: string): void {
  const endings = endingsOf(wav);
  const isCopied = (ending: string) =>
    isThere(`${target}.${ending}`) &&
    readFileSync(`${target}.${ending}`).equals(readFileSync(`${content}.${ending}`));
  if (endings.every(isCopied) && (endings.includes("g722") || !existsSync(`${target}.g722`))) {
    for (const ending of endings) letIn(`${target}.${ending}`);
    return;
  }
  // Gone before the other changes.
  rmSync(`${target}.g722`, { force: true });
  for (const ending of endings) replace(`${target}.${ending}`, readFileSync(`${content}.${ending}`));
}

/**
 * Puts the same copies of every prompt of a release where Asterisk finds them by its content (prompt-book.ts). What is
 * there already is left, and nothing is ever written over: calls of older releases go on hearing theirs.
 * @param soundsFolders Asterisk's folder of sounds on every node, as we see it
 * @throws AppError `prompt_unusable` naming the file: not mono 16-bit WAV of 8 or 16 kHz
 */
export async function installByContent(files: ReleaseFiles, soundsFolders: readonly string[]): Promise<void> {
  const sounds = [...files].filter(([path]) => /^prompts\/[^/]+\/[^/]+\.wav$/.test(path));
  await layAll(sounds, soundsFolders);
}

/** @param sounds by what people know them by */
async function layAll(
  sounds: readonly (readonly [string, Uint8Array])[],
  soundsFolders: readonly string[],
): Promise<void> {
  for (const soundsFolder of soundsFolders)
    for (const folder of ["hearback", "hearback/by-content"]) openToAsterisk(join(soundsFolder, folder));
  for (const [file, wav] of sounds) {
    const name = soundName(hashOf(wav));
    const targets = soundsFolders.map((folder) => join(folder, name));
    const copies = targets.flatMap((target) => endingsOf(wav).map((ending) => `${target}.${ending}`));
    const problem = copies.every(isThere) ? null : await layCopiesBeside({ wav, targets });
    if (problem !== null) throw unusable(file, problem);
    for (const copy of copies) letIn(copy);
  }
}

const unusable = (file: string, problem: string) =>
  new AppError(
    "prompt_unusable",
    `${file} cannot be played on a telephone: ${problem}. Give it as a WAV of 8000 or 16000 samples a second, mono, 16 bits.`,
  );

/**
 * A sound as it lies in that folder; null where it is not there. Whether Asterisk may read it is told by what everybody
 * may: which user it runs as, nobody here knows.
 */
export const soundFileIn =
  (soundsFolder: string) =>
  (sound: string): { lengthMs: number; readable: boolean } | null => {
    const there = statSync(join(soundsFolder, `${sound}.alaw`), { throwIfNoEntry: false });
    if (!there?.isFile() || there.size === 0) return null;
    return { lengthMs: (there.size * 1000) / sampleRate, readable: (there.mode & 0o004) !== 0 };
  };

/** Pauses of every length that can be played, by `pauseName`. */
export function installPauses(folder: string): void {
  for (let ms = pauseStepMs; ms <= longestPauseMs; ms += pauseStepMs) {
    const target = join(folder, `${pauseName(ms)}.alaw`);
    if (isThere(target)) letIn(target);
    else replace(target, new Uint8Array((ms * sampleRate) / 1000).fill(aLawSilence));
  }
}

/** The pause that comes nearest. */
export function pauseName(ms: number): string {
  const steps = Math.min(Math.max(Math.round(ms / pauseStepMs), 1), longestPauseMs / pauseStepMs);
  return `pause-${steps * pauseStepMs}`;
}
