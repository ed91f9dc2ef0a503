/** A story with real sound in a store of its own, and the words that an engine heard. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { createTranscriptRows } from "#postgres/transcripts.ts";
import { toALawWav } from "#recording/a-law-wav.ts";
import { storyKey } from "#recording/keep-story.ts";
import type { StoryStore } from "#recording/ports.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import { toldStory } from "./told-story.ts";

export interface TestStore extends StoryStore {
  drop(): Promise<void>;
}

export async function testStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), "hearback-stories-"));
  const store = await createLocalStore(folder);
  return Object.assign(store, { drop: () => rm(folder, { recursive: true, force: true }) });
}

/** Five seconds, no two bytes beside each other alike. */
export const fiveSeconds = toALawWav(
  Uint8Array.from({ length: 40_000 }, (_, i) => (i * 13 + (i >> 8)) & 0xff),
);

const engine = { name: "pocketsphinx", model: "en-us 5.1.1", rough: true };

/** "the war was clean": the second word is doubtful. */
export async function heardStory(pool: Pool, store: StoryStore): Promise<string> {
  const { storyId } = await toldStory(pool);
  await store.put(storyKey(storyId), fiveSeconds);
  const words = ["the", "war", "was", "clean"].map((word, i) => ({
    word,
    fromMs: 1000 * i,
    toMs: 1000 * i + 800,
    confidence: i === 1 ? 0.1 : 0.9,
  }));
  await createTranscriptRows(pool).done(storyId, engine, {
    text: "the war was clean",
    words,
    confidence: 0.7,
  });
  return storyId;
}
