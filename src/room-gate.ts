import { statfs } from "node:fs/promises";
import type { Settings } from "#config.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { spoolFolderOf } from "./app-answers.ts";

/** A story of ten minutes is 5 MB: a disk does not fill up between two looks. */
export const roomEveryMs = 5_000;

export interface RoomGateParts {
  settings: Pick<Settings, "storyFolder" | "spoolFolder" | "diskStopMb">;
  logger: Logger;
  /** Free bytes for us on a folder's disk; for tests. */
  freeBytes?: (folder: string) => Promise<number>;
}

/** Begins no call whose story or answers might find no room. */
export function createRoomGate({ settings, logger, freeBytes = freeBytesOf }: RoomGateParts) {
  const folders = { stories: settings.storyFolder, "the spool of answers": spoolFolderOf(settings) };
  let why: string | null = null;
  return {
    /** Why no call may be begun; null when one may. */
    notDialling: () => why,
    look: async (): Promise<void> => {
      const faults = await Promise.all(
        Object.entries(folders).map(async ([what, folder]) => {
          try {
            const low = (await freeBytes(folder)) < settings.diskStopMb * 1_000_000;
            return low ? `the disk for ${what} has less than ${settings.diskStopMb} MB of room` : null;
          } catch (thrown) {
            return `the disk for ${what} cannot be read: ${messageOf(thrown)}`;
          }
        }),
      );
      const now = faults.find((fault) => fault !== null) ?? null;
      if (now !== null && why === null)
        logger.error({ because: now }, "nothing is dialled: there is no room");
      if (now === null && why !== null) logger.info({}, "there is room again");
      why = now;
    },
  };
}

async function freeBytesOf(folder: string): Promise<number> {
  const disk = await statfs(folder);
  return disk.bavail * disk.bsize;
}
