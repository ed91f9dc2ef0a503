/** What calls say, from a release's files. */
import type { CallVoice } from "#call/voices.ts";
import { flowFilesIn, readFlows } from "#flow/check/check-flows.ts";
import { AppError } from "#lib/errors.ts";
import { readManifest } from "#prompts/manifest.ts";
import { type PromptWatch, promptBook } from "#prompts/prompt-book.ts";
import { spokenLanguages } from "#prompts/readiness.ts";
import { soundPath } from "#prompts/sounds.ts";
import type { ReleaseFiles } from "#release/files.ts";

/** With the words, which pages show. */
export interface ReleaseVoice extends CallVoice {
  prompts: CallVoice["prompts"] & { words: ReadonlyMap<string, string> };
}

export interface VoiceOptions {
  /** Null: the folders. */
  release: number | null;
  /** The language of calls that name no other. */
  language: string;
  rehearsal: boolean;
  watch: PromptWatch;
}

/**
 * A release was checked by the rules of its day: newer ones do not make it unusable, but what cannot be read does.
 * @throws AppError `release_unusable`
 */
export function voiceOf(files: ReleaseFiles, options: VoiceOptions): ReleaseVoice {
  const { release, language, rehearsal, watch } = options;
  const { flows, faults } = readFlows(files);
  const { manifest } = readManifest(files);
  const wanted = flowFilesIn(files).length;
  if (!manifest || flows.size < wanted || wanted === 0) {
    const text = `Release ${release ?? "of the folders"} cannot be used: ${flows.size} of its ${wanted} flows can be read${manifest ? "" : ", its prompts' manifest cannot"}.`;
    throw new AppError("release_unusable", text, { release, faults: faults.length });
  }
  const words = new Map<string, string>();
  const ids = new Set<string>();
  for (const [id, entry] of manifest.prompts) {
    const text = entry.words.get(language)?.text;
    if (text === undefined) continue;
    words.set(id, text);
    if (files.has(soundPath(language, id))) ids.add(id);
  }
  return {
    ...{ release, flows, prompts: { language, words, ids, languages: spokenLanguages(files, manifest) } },
    book: promptBook(files, { watch, rehearsal }),
  };
}
