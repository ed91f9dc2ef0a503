/** Files in Asterisk's folder of sounds. Asterisk is another user than we, and no prompt is secret: it may read them. */
import { chmodSync, copyFileSync, mkdirSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { newName } from "#lib/ids.ts";

/** Also empty is not there: a loss of power leaves such. */
export function isThere(file: string): boolean {
  const there = statSync(file, { throwIfNoEntry: false });
  return there !== undefined && there.size > 0;
}

/** What was laid under a strict umask before is opened where we may; the doctor tells of the others. */
export function letIn(file: string): void {
  if ((statSync(file).mode & 0o444) === 0o444) return;
  try {
    chmodSync(file, 0o644);
  } catch {
    // Another user's, which may have opened it to Asterisk by its group.
  }
}

/** Whole, or not at all, and readable whatever our umask. */
export function replace(file: string, bytes: Uint8Array): void {
  // Several instances may share the folder, and all hear of a release in the same moment. Not by the process's number:
  // in a container of its own, each is process 1.
  const temporary = `${file}.${newName("new")}`;
  writeFileSync(temporary, bytes, { flush: true });
  chmodSync(temporary, 0o644);
  renameSync(temporary, file);
}

/** With its time, by which a copy is known: an older version that writes over it, or another recording, has another. */
export function copyOf(file: string, copy: string): void {
  const temporary = `${copy}.${newName("new")}`;
  copyFileSync(file, temporary);
  chmodSync(temporary, 0o644);
  const { mtimeMs } = statSync(file);
  utimesSync(temporary, mtimeMs / 1000, mtimeMs / 1000);
  renameSync(temporary, copy);
}

export function isCopyOf(file: string, copy: string): boolean {
  const [one, other] = [file, copy].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (!one || !other || one.size !== other.size || (other.mode & 0o444) !== 0o444) return false;
  return Math.abs(one.mtimeMs - other.mtimeMs) < 1;
}

export function openToAsterisk(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if ((statSync(folder).mode & 0o755) !== 0o755) chmodSync(folder, 0o755);
}
