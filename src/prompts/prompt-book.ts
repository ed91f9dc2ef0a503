/** The sounds of one release's prompts, named by their content: what a call began with is never written over. */
import type { PromptBook, Sound } from "#call/prompt-book.ts";
import type { PromptId } from "#flow/definition.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { fallbackChain } from "./check-prompts.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { type HashAt, type PromptStates, promptStates, type SoundState } from "./states.ts";

/** Told when a call does not get what it asked for, each time. */
export interface PromptWatch {
  /** Another language was heard, as the manifest rules. */
  fellBack(prompt: PromptId, asked: string, heard: string): void;
  /** Nothing could be heard. */
  missing(prompt: PromptId, asked: string): void;
}

export interface BookOptions {
  watch: PromptWatch;
  /** Rehearsals may use what no reviewer has approved; patients hear it in no call. */
  rehearsal: boolean;
  /** Where the files come without their sounds. */
  hashAt?: HashAt;
}

/** Where installed sounds lie below Asterisk's folder of sounds, by the hash of the prompt's file. */
export const soundName = (sha256: string): string => `hearback/by-content/${sha256.slice(0, 32)}`;

/** A release whose manifest cannot be read has no sounds: check-prompts.ts keeps such from being published. */
export function promptBook(files: ReleaseFiles, options: BookOptions): PromptBook {
  const { manifest } = readManifest(files);
  return manifest ? bookOf(files, manifest, options) : silentBook(options.watch);
}

const silentBook = (watch: PromptWatch): PromptBook => ({
  languages: [],
  soundOf: (prompt, asked) => {
    watch.missing(prompt, asked);
    return null;
  },
});

function bookOf(
  files: ReleaseFiles,
  manifest: Manifest,
  { watch, rehearsal, hashAt }: BookOptions,
): PromptBook {
  const states = promptStates(files, manifest, hashAt);
  const usable = (state: SoundState | undefined): state is SoundState & { sha256: string } =>
    state !== undefined && state.kind !== "missing" && (rehearsal || state.fitForPatients);
  const soundIn = (prompt: PromptId, language: string): Sound | null => {
    const state = states.get(language)?.get(prompt);
    return usable(state) ? { name: soundName(state.sha256), language } : null;
  };
  return {
    languages: languagesToSpeak(manifest, states, usable),
    soundOf: (prompt, asked) => {
      for (const language of chainFor(manifest, asked)) {
        const sound = soundIn(prompt, language);
        if (sound && language !== asked) watch.fellBack(prompt, asked, language);
        if (sound) return sound;
      }
      watch.missing(prompt, asked);
      return null;
    },
  };
}

/** A list may name a language that nobody prepared: then its nearest is heard, or the manifest's first. */
function chainFor({ languages }: Manifest, asked: string): string[] {
  const tags = [...languages.keys()];
  const spoken = (tag: string) => tag.split("-")[0]?.toLowerCase();
  const known = languages.has(asked) ? asked : tags.find((tag) => spoken(tag) === spoken(asked));
  return fallbackChain(languages, known ?? tags[0] ?? asked);
}

/** Those in which every prompt can be said that has words in them. */
const languagesToSpeak = (
  { prompts }: Manifest,
  states: PromptStates,
  usable: (state: SoundState | undefined) => boolean,
): string[] =>
  [...states]
    .filter(([tag, byId]) => {
      const said = [...prompts.values()].filter(({ words }) => words.has(tag));
      return said.length > 0 && said.every(({ id }) => usable(byId.get(id)));
    })
    .map(([tag]) => tag);
