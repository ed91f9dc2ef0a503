/**
 * A story store whose files are sealed (sealed-audio.ts), each under a key of its own, over a store that keeps bytes as
 * they come. `ab/<id>.wav` of old, in plain, is read as long as its row says that it lies there so.
 */
import { AppError } from "#lib/errors.ts";
import type { StoryStore } from "#recording/ports.ts";
import { assertRange } from "./byte-span.ts";
import {
  headerBytes,
  openAudio,
  openSpan,
  readHeader,
  type SealedHeader,
  type StoryKey,
  sealAudio,
  spanOf,
} from "./sealed-audio.ts";

/** The keys, and what the rows say of where each story's audio is. */
export interface StoryKeys {
  /** Null: there is no such story, or none any more. */
  find(storyId: string): Promise<FoundKey | null>;
  /**
   * The story's key, as it can be got again; made and kept first where it has none.
   * @throws AppError `story_erased`: it may have none any more
   */
  keyFor(storyId: string): Promise<Buffer>;
}

export interface FoundKey {
  /** Null: it has none, so that nothing of it is sealed. */
  key: Buffer | null;
  /** By its row; "unknown": its row does not say yet. */
  lies: "sealed" | "plain" | "unknown";
}

export const sealedKey = (key: string): string => `${key}.sealed`;

const KEY = /^([a-z0-9-]{1,64})\.(?:wav|alaw)$/;

/** Errors: those of the store below, `story_key_lost` (its row says sealed, and there is no key), `story_erased`. */
export function createSealedStore(disk: StoryStore, keys: StoryKeys): StoryStore {
  const find = (key: string) => locate({ disk, keys }, key);
  return {
    put: (key, bytes) => put({ disk, keys }, key, bytes),
    read: async (key) => {
      const place = await find(key);
      if (place.storyKey === null) return disk.read(place.at);
      return opened(key, async () => openAudio(await disk.read(place.at), place.storyKey!));
    },
    size: async (key) => {
      const { at, storyKey } = await find(key);
      return storyKey === null ? disk.size(at) : (await opened(key, () => headerAt(disk, at))).length;
    },
    readRange: async (key, from, to) => {
      const { at, storyKey } = await find(key);
      if (storyKey === null) return disk.readRange(at, from, to);
      return opened(key, async () => {
        const header = await headerAt(disk, at);
        assertRange(from, to, header.length);
        const span = spanOf(header, from, to);
        return openSpan(header, { from, to, bytes: await disk.readRange(at, span.from, span.to) }, storyKey);
      });
    },
    remove: async (key) => {
      storyIdOf(key);
      await disk.remove(sealedKey(key));
      await disk.remove(key);
    },
  };
}

interface Below {
  disk: StoryStore;
  keys: StoryKeys;
}

interface Place {
  at: string;
  /** Null: it lies there in plain. */
  storyKey: StoryKey | null;
}

/** The key is kept for good before anything is sealed with it, and what was sealed is opened again from the disk. */
async function put({ disk, keys }: Below, key: string, bytes: Buffer) {
  const storyId = storyIdOf(key);
  const storyKey = { storyId, key: await keys.keyFor(storyId) };
  const kept = await disk.put(sealedKey(key), sealAudio(bytes, storyKey));
  const back = await opened(key, async () => openAudio(await disk.read(sealedKey(key)), storyKey));
  if (!back.equals(bytes)) throw damaged(key);
  return kept;
}

async function locate({ disk, keys }: Below, key: string): Promise<Place> {
  const storyId = storyIdOf(key);
  const found = await keys.find(storyId);
  if (found === null) throw missing(key);
  const sealed = { at: sealedKey(key), storyKey: found.key && { storyId, key: found.key } };
  const plain = { at: key, storyKey: null };
  if (found.lies === "sealed") {
    if (found.key !== null) return sealed;
    throw new AppError("story_key_lost", "the story is sealed, and its key is not there", { key });
  }
  if (found.lies === "plain") {
    // It may be sealed, and its row changed, this very moment.
    if (await isThere(disk, key)) return plain;
    return (await keys.find(storyId))?.lies === "sealed" ? locate({ disk, keys }, key) : plain;
  }
  return found.key !== null && (await isThere(disk, sealed.at)) ? sealed : plain;
}

async function isThere(disk: StoryStore, at: string): Promise<boolean> {
  try {
    await disk.size(at);
    return true;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "story_missing") return false;
    throw thrown;
  }
}

async function headerAt(disk: StoryStore, at: string): Promise<SealedHeader> {
  const fileBytes = await disk.size(at);
  return readHeader(await disk.readRange(at, 0, Math.min(headerBytes, fileBytes)), fileBytes);
}

/** What is wrong is told with its name. */
async function opened<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "story_damaged") throw damaged(key, thrown);
    throw thrown;
  }
}

function storyIdOf(key: string): string {
  const [, id] = KEY.exec(key) ?? [];
  if (id === undefined) throw new AppError("story_key_bad", "not a key of the story store");
  return id;
}

const missing = (key: string) => new AppError("story_missing", "the story store has no such audio", { key });
const damaged = (key: string, cause?: unknown) =>
  new AppError(
    "story_damaged",
    "the sealed audio is not what was written, or this is not its key",
    { key },
    { cause },
  );
