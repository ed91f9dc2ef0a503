/** Files in Asterisk's folder of sounds. Asterisk is another user than we, and no prompt is secret: it may read them. */
import { chmodSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
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

export function openToAsterisk(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if ((statSync(folder).mode & 0o755) !== 0o755) chmodSync(folder, 0o755);
}
