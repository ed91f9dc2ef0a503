/** Files in a folder: `ab/abcd....wav.sealed`, each written whole or not at all, for our user only. */

import { createHash, randomUUID } from "node:crypto";
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type Clock, systemClock } from "#lib/clock.ts";
import { crashPoint } from "#lib/crash-point.ts";
import { AppError } from "#lib/errors.ts";
import type { StoryStore } from "#recording/ports.ts";
import { assertRange } from "./byte-span.ts";

const KEY = /^[a-z0-9-]{1,64}\.(wav|alaw)(\.sealed)?$/;
const FOLDER = /^[a-z0-9_-]{1,2}$/;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const UNFINISHED = ".part";
const ABANDONED_MS = 3_600_000; // another process may be writing what is younger

/**
 * The folder is made if need be. Errors: `story_key_bad` (no name of ours), `story_key_taken` (other bytes are kept
 * under it: kept audio is never overwritten), `story_missing`, `story_damaged` (what was read back is not what was
 * written), `story_range_bad`; those of the disk come as they are.
 */
export async function createLocalStore(folder: string, clock: Clock = systemClock): Promise<StoryStore> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const root = await realpath(folder);
  const isAbandoned = async (_: string, path: string) =>
    (await stat(path)).mtimeMs < clock.now().getTime() - ABANDONED_MS;
  // A disk of its own has a lost+found, say, which is none of ours.
  const ours = (await readdir(root)).filter((name) => FOLDER.test(name));
  for (const name of ours) await removeUnfinished(join(root, name), isAbandoned);
  return {
    put: (key, bytes) => put(root, key, bytes),
    read: async (key) => {
      const bytes = await readIfThere(await pathOf(root, key));
      if (bytes === null) throw missing(key);
      return bytes;
    },
    size: async (key) => {
      await using file = await openIfThere(await pathOf(root, key), key);
      return (await file.stat()).size;
    },
    readRange: async (key, from, to) => {
      await using file = await openIfThere(await pathOf(root, key), key);
      assertRange(from, to, (await file.stat()).size);
      const bytes = Buffer.alloc(to - from);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    },
    remove: async (key) => {
      const path = await pathOf(root, key);
      await rm(path, { force: true });
      await removeUnfinished(dirname(path), (name) => name.startsWith(`${key}.`));
      await syncFolder(dirname(path));
    },
  };
}

async function put(root: string, key: string, bytes: Buffer) {
  const path = await pathOf(root, key);
  const sha256 = sha256Of(bytes);
  const there = await readIfThere(path);
  if (there !== null && sha256Of(there) !== sha256) {
    throw new AppError("story_key_taken", "other audio is kept under this key, and is not overwritten", {
      key,
    });
  }
  if (there === null) await writeWhole(path, bytes);
  const back = await readFile(path);
  if (sha256Of(back) !== sha256) {
    throw new AppError("story_damaged", "the audio read back is not what was written: check the disk", {
      key,
    });
  }
  return { uri: pathToFileURL(path).href, sha256, bytes: bytes.length };
}

/** A reader sees all or nothing, also after a power cut: file and folder are on the disk before this resolves. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const unfinished = `${path}.${randomUUID()}${UNFINISHED}`;
  try {
    await using file = await open(unfinished, "wx", FILE_MODE);
    await file.writeFile(bytes);
    await file.sync();
    crashPoint("before-rename");
    await rename(unfinished, path);
    crashPoint("after-rename");
  } catch (thrown) {
    await rm(unfinished, { force: true });
    throw thrown;
  }
  await syncFolder(dirname(path));
}

/** Keys are ours, but are checked all the same; links that lead out of the folder are not followed. */
async function pathOf(root: string, key: string): Promise<string> {
  if (!KEY.test(key)) throw new AppError("story_key_bad", "not a key of the story store");
  const folder = join(root, key.slice(0, 2).replace(".", "_"));
  const made = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (made) await syncFolder(root);
  if (!(await realpath(folder)).startsWith(root + sep)) {
    throw new AppError("story_key_bad", "the story store's folder leads out of itself", { key });
  }
  return join(folder, key);
}

const missing = (key: string) => new AppError("story_missing", "the story store has no such audio", { key });

async function openIfThere(path: string, key: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (thrown) {
    throw (thrown as NodeJS.ErrnoException).code === "ENOENT" ? missing(key) : thrown;
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw thrown;
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

/** What a killed process had begun to write. */
async function removeUnfinished(
  folder: string,
  which: (name: string, path: string) => boolean | Promise<boolean>,
) {
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(UNFINISHED))) {
    if (await which(name, join(folder, name))) await rm(join(folder, name), { force: true });
  }
}

const sha256Of = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
