import { statSync } from "node:fs";
import { join } from "node:path";
import type { Audio } from "#call/line.ts";
import { AppError } from "#lib/errors.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { isThere, letIn, openToAsterisk, replace } from "./sound-files.ts";
import { endingsOf, isNamed, layCopiesBeside } from "./telephone-copies.ts";

const sampleRate = 8_000;
/** Asterisk has no "silence of N ms": pauses are files like any prompt, in steps of this. */
const pauseStepMs = 100;
const longestPauseMs = 3_000;
const aLawSilence = 0xd5;

/** How Asterisk finds what a call plays. */
export type MediaUri = (audio: Audio) => string;

/**
 * Puts pauses where Asterisk finds them.
 * @param soundsFolders Asterisk's folder of sounds on every node, as we see it
 */
export function readyPauses(language: string, soundsFolders: readonly string[]): MediaUri {
  for (const soundsFolder of soundsFolders) {
    const folder = join(soundsFolder, "hearback", language);
    for (const each of [join(soundsFolder, "hearback"), folder]) openToAsterisk(each);
    installPauses(folder);
  }
  return (audio) => {
    if ("recording" in audio) return `recording:${audio.recording}`;
    if ("sound" in audio) return `sound:${audio.sound}`;
    return `sound:hearback/${language}/${pauseName(audio.pauseMs)}`;
  };
}

/**
 * Puts copies of every prompt where dialplans play them by their names, in every language, and where calls play them by
 * their content: A-law, and G.722 of those that are wide. Asterisk plays what fits the call. Each is replaced whole, so
 * that a live call never hears half of one.
 * @param soundsFolders Asterisk's folder of sounds on every node, as we see it
 * @throws AppError `prompt_unusable` naming the file: not mono 16-bit WAV of 8 or 16 kHz
 */
export const installByName = (files: ReleaseFiles, soundsFolders: readonly string[]): Promise<void> =>
  layAll(files, soundsFolders, { alsoByName: true });

/**
 * Puts the same copies of every prompt of a release where Asterisk finds them by its content (prompt-book.ts). What is
 * there already is left, and nothing is ever written over: calls of older releases go on hearing theirs.
 * @param soundsFolders Asterisk's folder of sounds on every node, as we see it
 * @throws AppError `prompt_unusable` naming the file: not mono 16-bit WAV of 8 or 16 kHz
 */
export const installByContent = (files: ReleaseFiles, soundsFolders: readonly string[]): Promise<void> =>
  layAll(files, soundsFolders, { alsoByName: false });

const promptPath = /^prompts\/(?<language>[^/]+)\/(?<id>[^/]+)\.wav$/;

async function layAll(
  files: ReleaseFiles,
  soundsFolders: readonly string[],
  { alsoByName }: { alsoByName: boolean },
): Promise<void> {
  const open = (folder: string) => soundsFolders.map((each) => openToAsterisk(join(each, folder)));
  for (const folder of ["hearback", "hearback/by-content"]) open(folder);
  for (const [path, wav] of files) {
    const { language, id } = promptPath.exec(path)?.groups ?? {};
    if (language === undefined) continue;
    const content = soundName(hashOf(wav));
    const endings = endingsOf(wav);
    const targets = soundsFolders.map((folder) => join(folder, content));
    const copies = targets.flatMap((target) => endings.map((ending) => `${target}.${ending}`));
    if (alsoByName) open(`hearback/${language}`);
    const names = alsoByName ? soundsFolders.map((folder) => join(folder, "hearback", language, id!)) : [];
    const done = copies.every(isThere) && names.every((name, node) => isNamed(endings, targets[node]!, name));
    const problem = done ? null : await layCopiesBeside({ wav, targets, names });
    if (problem !== null) throw unusable(path, problem);
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
