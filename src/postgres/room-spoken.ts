/** What callers hear of a release, as pages show it: read without its sounds, which are ten megabytes. */
import type { Pool } from "pg";
import { readFlows } from "#flow/check/check-flows.ts";
import { type Manifest, readManifest } from "#prompts/manifest.ts";
import { type PromptWatch, promptBook } from "#prompts/prompt-book.ts";
import { soundPath } from "#prompts/sounds.ts";
import { isReleasePath, type ReleaseFiles } from "#release/files.ts";
import type { SpokenRelease, SpokenReleases } from "#web/room/flows/ports.ts";
import type { SpokenVoice } from "#web/room/ports.ts";
import type { Folders } from "./release-draft.ts";
import { contentsOf, type Hashes, hashesOfRelease } from "./release-files.ts";
import { standing } from "./release-moves.ts";
import { fileAt } from "./release-read.ts";
import { inRoom } from "./room.ts";
import type { Db } from "./rows.ts";

export interface SpokenParts {
  pool: Pool;
  /** What calls say before there is any release: its files, and the same as it was read. */
  folders: Folders;
  voice: SpokenVoice;
  /** There, calls use what no reviewer has approved. */
  rehearsal: boolean;
}

/** A release never changes: it is read once while people look at it. */
const mostKept = 4;
/** Whoever looks at a page has no call that goes without a prompt. */
const nobody: PromptWatch = { fellBack: () => {}, missing: () => {} };

export function createSpokenReleases({ pool, folders, voice, rehearsal }: SpokenParts): SpokenReleases {
  const kept = new Map<number, SpokenRelease>();
  const { language } = voice.prompts;

  const ofRelease = async (db: Db, release: number): Promise<SpokenRelease | null> => {
    const known = kept.get(release) ?? (await readRelease(db, { release, language, rehearsal }));
    if (!known) return null;
    kept.delete(release);
    kept.set(release, known);
    for (const old of [...kept.keys()].slice(0, -mostKept)) kept.delete(old);
    return known;
  };
  /** Most pages need no word of its sounds, which are hashed for it. */
  const ofFolders = (): SpokenRelease => {
    let heard: SpokenRelease["heard"] | null = null;
    return {
      ...{ release: null, flows: voice.flows, prompts: voice.prompts },
      heard: (prompt, asked) => {
        heard ??= heardIn(folders(), rehearsal);
        return heard(prompt, asked);
      },
    };
  };
  return {
    of: (userId, release) =>
      inRoom(pool, userId, async (tx) => {
        const asked = release === null ? null : await ofRelease(tx, release);
        if (asked) return asked;
        const { live } = await standing(tx);
        return (live === null ? null : await ofRelease(tx, live)) ?? ofFolders();
      }),
    canary: (userId) =>
      inRoom(pool, userId, async (tx) => {
        const { canary } = await standing(tx);
        return canary && ofRelease(tx, canary.number);
      }),
    sound: async (userId, { release, language: tag, prompt }) => {
      const path = soundPath(tag, prompt);
      if (!isReleasePath(path)) return null;
      if (release === null) return folders().get(path) ?? null;
      return inRoom(pool, userId, (tx) => fileAt(tx, folders, release, path));
    },
  };
}

interface Reading {
  release: number;
  /** Of calls that name no other. */
  language: string;
  rehearsal: boolean;
}

/** Null where there is no such release, or its prompts' manifest cannot be read. */
async function readRelease(db: Db, { release, language, rehearsal }: Reading): Promise<SpokenRelease | null> {
  const hashes = await hashesOfRelease(db, release);
  if (!hashes) return null;
  const texts = await contentsOf(db, new Map([...hashes].filter(([path]) => !path.endsWith(".wav"))));
  const { manifest } = readManifest(texts);
  if (!manifest) return null;
  return {
    ...{ release, flows: readFlows(texts).flows, prompts: promptsIn(manifest, hashes, language) },
    heard: heardIn(texts, rehearsal, hashes),
  };
}

function promptsIn({ prompts }: Manifest, hashes: Hashes, language: string): SpokenRelease["prompts"] {
  const words = new Map(
    [...prompts.values()].flatMap((entry): [string, string][] => {
      const said = entry.words.get(language);
      return said ? [[entry.id, said.text]] : [];
    }),
  );
  const ids = new Set([...words.keys()].filter((id) => hashes.has(soundPath(language, id))));
  return { language, words, ids };
}

/** By the rules that calls keep. @param hashes of all files; absent: `files` has the sounds too */
function heardIn(files: ReleaseFiles, rehearsal: boolean, hashes?: Hashes): SpokenRelease["heard"] {
  const { manifest } = readManifest(files);
  const hashAt = hashes && { hashAt: (path: string) => hashes.get(path) ?? null };
  const book = promptBook(files, { watch: nobody, rehearsal, ...hashAt });
  return (prompt, asked) => {
    const sound = book.soundOf(prompt, asked);
    if (!sound) return null;
    const words = manifest?.prompts.get(prompt)?.words.get(sound.language)?.text;
    return words === undefined ? null : { language: sound.language, words };
  };
}
