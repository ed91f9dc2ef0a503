/** Where prompts lie that staff edit: a folder, for the commands. Implemented in storage/prompt-shelf.ts. */
import type { PromptId } from "#flow/definition.ts";
import type { Sound } from "#lib/audio/any-wav.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { AcceptedSound, FileChanges } from "./accept-sound.ts";
import type { Making } from "./sounds.ts";

/** A sound that another has taken the place of. */
export interface FormerSound {
  language: string;
  id: PromptId;
  /** Names it, among those of its prompt. */
  version: string;
  /** ISO 8601: when another took its place. */
  replacedAt: string;
  /** Who put the other in its place. */
  replacedBy: string;
  making: Making;
  /** The words that it says; null: nobody wrote them down. */
  said: string | null;
  seconds: number;
  /** Not said of those that were kept before there were any. */
  wide?: boolean;
}

export interface PromptShelf {
  files(): ReleaseFiles;
  /** What these sounds take the place of is kept. All of them or, where the disk fails, none is written. */
  accept(sounds: readonly AcceptedSound[]): void;
  write(changes: FileChanges): void;
  /** Newest first. */
  former(language: string, id: PromptId): FormerSound[];
  /** @throws AppError `prompt_version_missing` */
  formerSound(former: FormerSound): Uint8Array;
  /**
   * Any audio file; what is no WAV takes ffmpeg or sox.
   * @throws AppError `audio_unreadable` with what to do
   */
  read(file: string): Promise<Sound>;
  /** Files below a folder, or the one file itself; by path. @throws AppError `audio_unreadable` */
  filesAt(path: string): string[];
}
