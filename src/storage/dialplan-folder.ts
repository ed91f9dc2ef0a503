/** Asterisk's configuration folder on this machine: the dialplan in it, and the versions of before beside it. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  type DialplanFolder,
  type DialplanTexts,
  dialplanFiles,
  type Version,
} from "#dialplan/apply/ports.ts";
import { AppError } from "#lib/errors.ts";

const versionsName = "hearback-dialplans";

/** @throws AppError `dialplan_folder_faulty`: it is not there, or holds no extensions.conf */
export function openDialplanFolder(folder: string): DialplanFolder {
  if (!existsSync(join(folder, "extensions.conf")))
    throw new AppError(
      "dialplan_folder_faulty",
      `${folder} holds no extensions.conf: is it Asterisk's folder of configuration?`,
    );
  const versions = join(folder, versionsName);
  const place = (number: number) => join(versions, String(number).padStart(4, "0"));
  return {
    current: () => textsIn(folder),
    versions: () => (existsSync(versions) ? readVersions(versions) : []),
    textsOf: (number) => textsIn(place(number)),
    keep: (texts, version) => {
      mkdirSync(place(version.number), { recursive: true, mode: 0o755 });
      for (const [name, text] of texts) writeWhole(join(place(version.number), name), text, null);
      writeWhole(join(place(version.number), "about.json"), `${JSON.stringify(version, null, 2)}\n`, null);
    },
    put: (texts) => putAll(folder, texts),
    hold: () => hold(versions),
  };
}

function textsIn(folder: string): DialplanTexts {
  const there = dialplanFiles.filter((name) => existsSync(join(folder, name)));
  return new Map(there.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

function readVersions(folder: string): Version[] {
  const names = readdirSync(folder).filter((name) => /^\d{4,}$/.test(name));
  return names
    .filter((name) => existsSync(join(folder, name, "about.json")))
    .map((name) => JSON.parse(readFileSync(join(folder, name, "about.json"), "utf8")) as Version)
    .toSorted((a, b) => a.number - b.number);
}

/** hooks.conf before extensions.conf, which includes it; a file that is no more goes last. */
function putAll(folder: string, texts: DialplanTexts): void {
  const like = statSync(join(folder, "extensions.conf"));
  for (const name of dialplanFiles.toReversed()) {
    const text = texts.get(name);
    if (text !== undefined) writeWhole(join(folder, name), text, like);
  }
  for (const name of dialplanFiles) if (!texts.has(name)) rmSync(join(folder, name), { force: true });
  syncFolder(folder);
}

/** Beside it first, and onto the disk; then it takes the name in one step. A link is replaced, and never written through. */
function writeWhole(
  path: string,
  text: string,
  like: { mode: number; uid: number; gid: number } | null,
): void {
  const beside = `${path}.new`;
  rmSync(beside, { force: true });
  const file = openSync(beside, "wx", 0o644);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (like) {
    chmodSync(beside, like.mode & 0o777);
    // Whoever is not root writes files of their own: then the folder's rights must let Asterisk read them.
    if (process.getuid?.() === 0) chownSync(beside, like.uid, like.gid);
  }
  renameSync(beside, path);
}

function syncFolder(folder: string): void {
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function hold(versions: string): () => void {
  mkdirSync(versions, { recursive: true, mode: 0o755 });
  const path = join(versions, "applying");
  const holder = heldBy(path);
  if (holder?.alive)
    throw new AppError(
      "dialplan_busy",
      `somebody else applies a dialplan here just now (${holder.name}); ${path} says who`,
    );
  // Left behind by one that is no more.
  if (holder) rmSync(path, { force: true });
  try {
    const file = openSync(path, "wx", 0o644);
    writeSync(file, `${process.pid} ${hostname()}\n`);
    closeSync(file);
  } catch {
    throw new AppError("dialplan_busy", `somebody else applies a dialplan here just now; ${path} says who`);
  }
  return () => rmSync(path, { force: true });
}

/** One on another machine counts as alive: who knows better takes the file away. */
function heldBy(path: string): { name: string; alive: boolean } | null {
  if (!existsSync(path)) return null;
  const name = readFileSync(path, "utf8").trim();
  const [pid = "", host = ""] = name.split(" ");
  return { name, alive: host !== hostname() || existsSync(join("/proc", pid)) };
}
