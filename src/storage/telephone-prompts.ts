import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate as othersFirst } from "node:timers/promises";
import type { Audio } from "#call/line.ts";
import { encodeALaw } from "#lib/audio/g711.ts";
import { encodeG722 } from "#lib/audio/g722.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { formsOf, isWide } from "#prompts/forms.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import type { Prompts } from "./flow-files.ts";

const sampleRate = 8_000;
/** Asterisk has no "silence of N ms": pauses are files like any prompt, in steps of this. */
const pauseStepMs = 100;
const longestPauseMs = 3_000;
const aLawSilence = 0xd5;

/** How Asterisk finds what a call plays. */
export type MediaUri = (audio: Audio) => string;

/**
 * Puts a copy of each prompt, and pauses, where Asterisk finds them, as the trunk speaks, so that playing costs no
 * transcoding: A-law, and G.722 of those that are wide. Asterisk plays what fits the call. Files that have not changed
 * since are left; each is replaced whole, so that a live call that plays one never hears half of it.
 * @param soundsFolder Asterisk's folder of sounds, as we see it
 * @throws AppError `prompt_unusable` naming the file: not mono 16-bit WAV of 8 or 16 kHz
 */
export function installPrompts(prompts: Prompts, soundsFolder: string): MediaUri {
  const folder = join(soundsFolder, "hearback", prompts.language);
  for (const each of [join(soundsFolder, "hearback"), folder]) openToAsterisk(each);
  for (const name of readdirSync(prompts.folder).filter((file) => file.endsWith(".wav"))) {
    const source = join(prompts.folder, name);
    const target = join(folder, name.slice(0, -".wav".length));
    if (!isNewer(source, `${target}.alaw`)) continue;
    const copies = copiesOf(source, readFileSync(source));
    // Gone before the other changes: no form may be of another recording.
    rmSync(`${target}.g722`, { force: true });
    for (const [ending, bytes] of copies) replace(`${target}.${ending}`, bytes);
  }
  installPauses(folder);
  return (audio) => {
    if ("recording" in audio) return `recording:${audio.recording}`;
    if ("sound" in audio) return `sound:${audio.sound}`;
    return `sound:hearback/${prompts.language}/${pauseName(audio.pauseMs)}`;
  };
}

/**
 * Puts the same copies of every prompt of a release where Asterisk finds them by its content (prompt-book.ts). What is
 * there already is left, and nothing is ever written over: calls of older releases go on hearing theirs. A new prompt
 * takes up to a tenth of a second: after each, the calls that go on have their turn.
 * @param soundsFolder Asterisk's folder of sounds, as we see it
 * @throws AppError `prompt_unusable` naming the file: not mono 16-bit WAV of 8 or 16 kHz
 */
export async function installByContent(files: ReleaseFiles, soundsFolder: string): Promise<void> {
  for (const folder of ["hearback", "hearback/by-content"]) openToAsterisk(join(soundsFolder, folder));
  for (const [path, bytes] of files) {
    if (!/^prompts\/[^/]+\/[^/]+\.wav$/.test(path)) continue;
    const target = join(soundsFolder, soundName(hashOf(bytes)));
    const endings = isWide(bytes) ? ["alaw", "g722"] : ["alaw"];
    const lacking = endings.filter((ending) => isNewer(null, `${target}.${ending}`));
    if (lacking.length === 0) continue;
    const copies = copiesOf(path, bytes);
    for (const ending of lacking) replace(`${target}.${ending}`, copies.get(ending)!);
    await othersFirst();
  }
}

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
    if (isNewer(null, target)) replace(target, new Uint8Array((ms * sampleRate) / 1000).fill(aLawSilence));
  }
}

/** The pause that comes nearest. */
export function pauseName(ms: number): string {
  const steps = Math.min(Math.max(Math.round(ms / pauseStepMs), 1), longestPauseMs / pauseStepMs);
  return `pause-${steps * pauseStepMs}`;
}

/** By the ending that tells Asterisk what they are. Both take 8000 bytes a second. */
function copiesOf(file: string, bytes: Uint8Array): Map<string, Uint8Array> {
  try {
    const { narrow, wide } = formsOf(bytes);
    const copies = new Map([["alaw", encodeALaw(narrow)]]);
    if (wide) copies.set("g722", encodeG722(wide));
    return copies;
  } catch (thrown) {
    throw new AppError(
      "prompt_unusable",
      `${file} cannot be played on a telephone: ${messageOf(thrown)}. Give it as a WAV of 8000 or 16000 samples a second, mono, 16 bits.`,
      {},
      { cause: thrown },
    );
  }
}

/** `source` null: the target need only be there. */
function isNewer(source: string | null, target: string): boolean {
  const there = statSync(target, { throwIfNoEntry: false });
  if (!there || there.size === 0) return true;
  return source !== null && statSync(source).mtimeMs > there.mtimeMs;
}

/** Asterisk is another user than we, and no prompt is secret: whatever our umask, it may come in. */
function openToAsterisk(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if ((statSync(folder).mode & 0o755) !== 0o755) chmodSync(folder, 0o755);
}

function replace(target: string, bytes: Uint8Array): void {
  // Several instances may share the folder, and all hear of a release in the same moment.
  const temporary = `${target}.${process.pid}.new`;
  writeFileSync(temporary, bytes, { flush: true });
  chmodSync(temporary, 0o644);
  renameSync(temporary, target);
}
