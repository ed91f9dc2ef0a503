/** The stories' folder, with the keys that open what lies in it. */
import type { Pool } from "pg";
import type { Settings } from "#config.ts";
import { withCrashPoints } from "#lib/crash-point.ts";
import { createStoryKeys } from "#postgres/story-keys.ts";
import type { StoryStore } from "#recording/ports.ts";
import { createLocalStore } from "#storage/local-disk.ts";
import { createMasterKeys, type MasterKeys } from "#storage/master-key.ts";
import { createSealedStore } from "#storage/sealed-store.ts";

export type StoryFolderSettings = Pick<Settings, "storyFolder" | "dataKey" | "masterKey" | "oldMasterKeys">;

export interface StoryFolder {
  /** Files as they lie there. */
  disk: StoryStore;
  masterKeys: MasterKeys;
  /** Sealed stories; their keys are asked for by these connections. */
  storeOn(pool: Pool): StoryStore;
}

/** The folder is made if need be. */
export async function openStoryFolder(settings: StoryFolderSettings): Promise<StoryFolder> {
  const disk = await createLocalStore(settings.storyFolder);
  const masterKeys = createMasterKeys(settings);
  const keysOn = (pool: Pool) => withCrashPoints("keys", createStoryKeys(pool, masterKeys));
  return { disk, masterKeys, storeOn: (pool) => createSealedStore(disk, keysOn(pool)) };
}
