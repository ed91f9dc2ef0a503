/**
 * A story erased for good: its key is destroyed, so that no copy of the file opens any more, and with it goes all that was
 * made of it; then the file. What stays is the proof. Whatever else is made of stories is named in
 * postgres/erase-story.ts.
 */
import { AppError } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { storyKey } from "./keep-story.ts";
import type { Erasure, ErasureOrder, ErasureRows, StoryStore } from "./ports.ts";

export interface EraseStories {
  rows: ErasureRows;
  store: Pick<StoryStore, "remove">;
  logger: Logger;
}

/**
 * Once this resolves nobody can hear or read the story here, whatever becomes of us: should the file still be there, it
 * is noise, and the job that the erasure queued removes it. Erasing what was erased tells the first erasure again.
 * @throws AppError `story_unknown`, `story_being_told` (its call is going on)
 */
export async function eraseStory(deps: EraseStories, storyId: string, order: ErasureOrder): Promise<Erasure> {
  const erasure = await deps.rows.erase(storyId, order);
  if (erasure === null) throw new AppError("story_unknown", "there is no such story", { storyId });
  if (erasure.fileGoneAt !== null) return erasure;
  try {
    await removeErased(deps, storyId);
  } catch (thrown) {
    deps.logger.warn({ storyId, error: String(thrown) }, "an erased story's file is still to be removed");
    return erasure;
  }
  return (await deps.rows.erase(storyId, order)) ?? erasure;
}

/** The job `remove-erased`: it may run twice. */
export async function removeErased({ rows, store }: Pick<EraseStories, "rows" | "store">, storyId: string) {
  await store.remove(storyKey(storyId));
  await rows.fileGone(storyId);
}
