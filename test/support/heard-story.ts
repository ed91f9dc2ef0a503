/** A story with real sound in a store of its own, and the words that an engine heard. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { encodeALaw } from "#lib/audio/g711.ts";
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

/** Two seconds of voice, as far as an outline can tell, two of silence, and a second of voice. */
const voiceAndSilence = toALawWav(
  encodeALaw(
    Int16Array.from({ length: 40_000 }, (_, i) => {
      const isSilent = i >= 16_000 && i < 32_000;
      const syllable = Math.abs(Math.sin(i / 900)) * (0.4 + 0.6 * Math.abs(Math.sin(i / 3_700)));
      return isSilent ? (i % 7) - 3 : 12_000 * syllable * Math.sin(i / 6);
    }),
  ),
);

/** "the war was clean": the second word is doubtful. */
export async function heardStory(
  pool: Pool,
  store: StoryStore,
  { pause = false }: { pause?: boolean } = {},
): Promise<string> {
  const { storyId } = await toldStory(pool);
  await store.put(storyKey(storyId), pause ? voiceAndSilence : fiveSeconds);
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
