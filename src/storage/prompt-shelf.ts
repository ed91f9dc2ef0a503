import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { PromptId } from "#flow/definition.ts";
import { readWav } from "#lib/audio/wav.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { type AcceptedSound, acceptSounds, type FileChanges } from "#prompts/accept-sound.ts";
import { isWide } from "#prompts/forms.ts";
import { readManifest } from "#prompts/manifest.ts";
import type { FormerSound, PromptShelf } from "#prompts/ports.ts";
import { soundPath } from "#prompts/sounds.ts";
import { promptStates } from "#prompts/states.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import { readAudioFile } from "./foreign-audio.ts";
import { readPromptFolder } from "./prompt-folder.ts";

/** Sounds that others took the place of: a WAV and a JSON each. No release has them. */
const formerFolder = ".former";

export function openPromptShelf(folder: string): PromptShelf {
  const files = () => readPromptFolder(folder);
  const placeOf = (language: string, id: PromptId) => join(folder, formerFolder, language, id);
  return {
    files,
    write: (changes) => writeAll(folder, changes),
    accept: (sounds) => {
      const before = files();
      const changes = new Map(acceptSounds(before, sounds));
      for (const [path, bytes] of sounds.flatMap((sound) => keptOf(before, sound))) changes.set(path, bytes);
      writeAll(folder, changes);
    },
    former: (language, id) => {
      const place = placeOf(language, id);
      if (!existsSync(place)) return [];
      const notes = readdirSync(place).filter((name) => name.endsWith(".json"));
      return notes
        .toSorted((one, other) => (one < other ? 1 : -1))
        .map((name) => JSON.parse(readFileSync(join(place, name), "utf8")) as FormerSound);
    },
    formerSound: ({ language, id, version }) => {
      const file = join(placeOf(language, id), `${version}.wav`);
      if (existsSync(file)) return readFileSync(file);
      throw new AppError("prompt_version_missing", `There is no version ${version} of ${id} in ${language}.`);
    },
    read: (file) => readAudioFile(file),
    filesAt,
  };
}

/** The sound that goes, with what is known of it. */
function keptOf(files: ReleaseFiles, { language, id, wav, by, at }: AcceptedSound): [string, Uint8Array][] {
  const bytes = files.get(soundPath(language, id));
  if (!bytes || hashOf(bytes) === hashOf(wav)) return [];
  const { manifest } = readManifest(files);
  const state = manifest && promptStates(files, manifest).get(language)?.get(id);
  const replacedAt = at.toISOString();
  const version = `${replacedAt.replaceAll(/[-:.]/g, "")}-${hashOf(bytes).slice(0, 8)}`;
  const former: FormerSound = {
    ...{ language, id, version, replacedAt, replacedBy: by },
    ...{ making: state?.making ?? "recorded", said: state?.said ?? null, seconds: secondsOf(bytes) },
    wide: isWide(bytes),
  };
  const place = `prompts/${formerFolder}/${language}/${id}/${version}`;
  return [
    [`${place}.wav`, bytes],
    [`${place}.json`, new TextEncoder().encode(`${JSON.stringify(former, null, 2)}\n`)],
  ];
}

function secondsOf(wav: Uint8Array): number {
  try {
    const { samples, sampleRate } = readWav(wav);
    return samples.length / sampleRate;
  } catch {
    return 0;
  }
}

/** Everything is on the disk before the first file is replaced, and each is replaced whole. */
function writeAll(folder: string, changes: FileChanges): void {
  const fileOf = (path: string) => join(folder, path.slice("prompts/".length));
  const begun: string[] = [];
  try {
    for (const [path, bytes] of changes) {
      if (bytes === null) continue;
      mkdirSync(dirname(fileOf(path)), { recursive: true });
      begun.push(`${fileOf(path)}.new`);
      writeFileSync(`${fileOf(path)}.new`, bytes);
    }
  } catch (thrown) {
    for (const file of begun) rmSync(file, { force: true });
    const text = `The prompts cannot be written: ${messageOf(thrown)}. Nothing was changed.`;
    throw new AppError("prompts_unwritable", text, {}, { cause: thrown });
  }
  for (const [path, bytes] of changes) {
    if (bytes === null) rmSync(fileOf(path), { force: true });
    else renameSync(`${fileOf(path)}.new`, fileOf(path));
  }
}

function filesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    const visible = entries.filter((entry) => entry.isFile() && !entry.name.startsWith("."));
    return visible.map((entry) => join(entry.parentPath, entry.name)).sort();
  } catch (thrown) {
    const missing = (thrown as NodeJS.ErrnoException).code === "ENOENT";
    const text = missing ? `There is no file or folder ${path}.` : messageOf(thrown);
    throw new AppError("audio_unreadable", text, {}, { cause: thrown });
  }
}
