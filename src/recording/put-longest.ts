import { AppError } from "#lib/errors.ts";
import { fromALawWav } from "./a-law-wav.ts";
import type { StoryStore } from "./ports.ts";

type Store = Pick<StoryStore, "put" | "read" | "remove">;

/**
 * Puts a story's WAV. Where an earlier run that died left other audio under the key, the longer of the two is kept
 * (files in the spool only grow; one that has shrunk was damaged since).
 */
export async function putLongest(store: Store, key: string, wav: Buffer) {
  const earlier = await readIfThere(store, key);
  const keepEarlier = earlier !== null && earlier.length > wav.length;
  if (earlier !== null && !keepEarlier && !earlier.equals(wav)) await store.remove(key);
  const longest = keepEarlier ? earlier : wav;
  const { uri, sha256, bytes } = await store.put(key, longest);
  return { uri, sha256, bytes, durationMs: fromALawWav(longest).length / 8 };
}

async function readIfThere(store: Store, key: string): Promise<Buffer | null> {
  try {
    return await store.read(key);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "story_missing") return null;
    throw thrown;
  }
}
