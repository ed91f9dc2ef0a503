/** What changes among a release's files when a prompt gets another sound, or somebody approves one. */
import { parseDocument } from "yaml";
import type { PromptId } from "#flow/definition.ts";
import { hashOf, type ReleaseFiles, textOf } from "#release/files.ts";
import { type Approval, manifestPath } from "./manifest.ts";
import {
  type Making,
  readRecord,
  recordPaths,
  type SoundRecord,
  shortHash,
  soundPath,
  writeRecord,
} from "./sounds.ts";
import type { SoundState } from "./states.ts";

/** By path; null: the file goes. */
export type FileChanges = ReadonlyMap<string, Uint8Array | null>;

export interface AcceptedSound {
  language: string;
  id: PromptId;
  wav: Uint8Array;
  /** The words that it says; null: nobody knows. */
  text: string | null;
  making: Making;
  /** Whose act it is. */
  by: string;
  at: Date;
}

/** The sounds, each once, and the records that say how they were made. */
export function acceptSounds(files: ReleaseFiles, sounds: readonly AcceptedSound[]): FileChanges {
  const changes = new Map<string, Uint8Array | null>();
  for (const language of new Set(sounds.map((sound) => sound.language))) {
    const spoken = { ...readRecord(files, "stand-in", language) };
    const recorded = { ...readRecord(files, "recorded", language) };
    for (const { id, wav, text, making, by, at } of sounds.filter((sound) => sound.language === language)) {
      changes.set(soundPath(language, id), wav);
      delete spoken[id];
      delete recorded[id];
      const sha256 = hashOf(wav);
      if (text === null) continue;
      if (making === "stand-in") spoken[id] = { text, sha256 };
      else recorded[id] = { text, sha256, by, at: at.toISOString() };
    }
    setRecord(changes, files, recordPaths["stand-in"](language), spoken);
    setRecord(changes, files, recordPaths.recorded(language), recorded);
  }
  return changes;
}

/** A record that says nothing needs no file, and one that says what it said is not changed. */
function setRecord(
  changes: Map<string, Uint8Array | null>,
  files: ReleaseFiles,
  path: string,
  record: SoundRecord,
): void {
  const before = files.get(path);
  const bytes = Object.keys(record).length === 0 ? null : writeRecord(record);
  if (bytes === null && before === undefined) return;
  if (!bytes || !before || hashOf(before) !== hashOf(bytes)) changes.set(path, bytes);
}

export const withChanges = (files: ReleaseFiles, changes: FileChanges): ReleaseFiles => {
  const all = new Map(files);
  for (const [path, bytes] of changes) {
    if (bytes === null) all.delete(path);
    else all.set(path, bytes);
  }
  return all;
};

/** Only what is there can be approved: the very words and the very sound. */
export function approvalFor({ text, sha256 }: SoundState, by: string, at: Date): Approval | null {
  if (text === null || sha256 === null) return null;
  return { by, on: at.toISOString().slice(0, 10), words: shortHash(text), sound: sha256.slice(0, 16) };
}

/** The manifest with these approvals; everything else of it, comments included, stays as it was written. */
export function withApprovals(
  files: ReleaseFiles,
  language: string,
  approvals: ReadonlyMap<PromptId, Approval>,
): FileChanges {
  const document = parseDocument(textOf(files, manifestPath) ?? "");
  for (const [id, approval] of approvals) {
    const node = document.createNode(approval);
    node.flow = true;
    document.setIn(["languages", language, "approved", id], node);
  }
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  return new Map([[manifestPath, new TextEncoder().encode(text)]]);
}
