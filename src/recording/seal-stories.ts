/**
 * Stories that lie in plain, sealed one after the other. The order is the safety: the sealed file beside the plain one,
 * read back and opened; then the row; and only then is the plain one removed. So it may die anywhere, and go on.
 */
import { createHash } from "node:crypto";
import { AppError } from "#lib/errors.ts";
import { storyKey } from "./keep-story.ts";
import type { PlainStories, PlainStory, StoryStore } from "./ports.ts";

export interface SealStories {
  /** Bytes as they lie there. */
  disk: Pick<StoryStore, "read" | "remove">;
  /** Seals, and opens what it sealed, before it resolves. */
  sealed: Pick<StoryStore, "put" | "remove">;
  /** Under which key the disk has a sealed story. */
  sealedKey: (key: string) => string;
  rows: PlainStories;
  signal: AbortSignal;
  progress(done: number, of: number): void;
}

export interface Sealed {
  sealed: number;
  /** Plain files whose sealed ones were there, and whole, since an earlier run. */
  cleared: number;
  /** Stories left as they were: their file is not there, or not what was written. */
  damaged: string[];
}

const BATCH = 100;

/**
 * Beside `serve`, once every copy of it knows sealed stories.
 * @param plainFiles ids of all stories of which a plain file lies there
 */
export async function sealStories(deps: SealStories, plainFiles: Iterable<string>): Promise<Sealed> {
  const done: Sealed = { sealed: 0, cleared: 0, damaged: [] };
  const of = await deps.rows.count();
  for (let after: string | null = null; ; ) {
    const stories: PlainStory[] = await deps.rows.after(after, BATCH);
    for (const story of stories) {
      deps.signal.throwIfAborted();
      if (await seal(deps, story)) done.sealed += 1;
      else done.damaged.push(story.storyId);
    }
    deps.progress(done.sealed, of);
    if (stories.length < BATCH) break;
    after = stories.at(-1)!.storyId;
  }
  for (const ids of batchesOf(plainFiles)) done.cleared += await clear(deps, ids);
  return done;
}

/** @returns false where its file is not what the row says */
async function seal({ disk, sealed, rows }: SealStories, story: PlainStory): Promise<boolean> {
  const key = storyKey(story.storyId);
  const audio = await readIfThere(disk, key);
  if (audio === null || sha256Of(audio) !== story.sha256)
    return (await rows.sealedAmong([story.storyId])).length > 0;
  try {
    const became = await rows.sealed(story, await sealed.put(key, audio));
    if (became === "sealed") await disk.remove(key);
    if (became === "gone") await sealed.remove(key);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "story_erased") throw thrown;
  }
  return true;
}

/** What a run that died after the row had left: removed only where the sealed file is what the row says. */
async function clear({ disk, sealedKey, rows }: SealStories, storyIds: string[]): Promise<number> {
  let cleared = 0;
  for (const { storyId, sha256 } of await rows.sealedAmong(storyIds)) {
    const key = storyKey(storyId);
    const there = await readIfThere(disk, sealedKey(key));
    if (there === null || sha256Of(there) !== sha256 || (await readIfThere(disk, key)) === null) continue;
    await disk.remove(key);
    cleared += 1;
  }
  return cleared;
}

async function readIfThere(disk: SealStories["disk"], key: string): Promise<Buffer | null> {
  try {
    return await disk.read(key);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "story_missing") return null;
    throw thrown;
  }
}

function* batchesOf(ids: Iterable<string>): Generator<string[]> {
  let batch: string[] = [];
  for (const id of ids) {
    batch.push(id);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

const sha256Of = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
