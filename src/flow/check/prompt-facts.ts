import { wavLengthMs } from "#lib/audio/wav-length.ts";
import { type Place, readYaml, type YamlSource } from "#lib/yaml-source.ts";

/** A release's files by path (release/files.ts). */
export type Files = ReadonlyMap<string, Uint8Array>;

export const manifestFile = "prompts/manifest.yaml";
const usualLanguage = "en-GB";

/** What a flow's checks need to know of the prompts; whether these are sound themselves is asked elsewhere. */
export interface PromptFacts {
  /** Those the manifest names; the first is the one that calls are held in unless something says otherwise. */
  languages: readonly string[];
  ids: readonly string[];
  /** Null: none in this language. */
  wordsOf(id: string, language: string): string | null;
  hasSound(id: string, language: string): boolean;
  /** In milliseconds; null where there is no sound, or none whose length can be told. */
  lengthOf(id: string, language: string): number | null;
  /** Where its words stand. */
  wordsAt(id: string, language: string): Place;
}

/** Null where there is no manifest, or one that cannot be read: then nothing is known of prompts. */
export function promptFacts(files: Files): PromptFacts | null {
  const bytes = files.get(manifestFile);
  const source = bytes ? manifestOf(bytes) : null;
  if (!source) return null;
  const manifest = asRecord(source.value);
  const prompts = asRecord(manifest.prompts);
  const declared = Object.keys(asRecord(manifest.languages));
  const soundOf = (id: string, language: string) => files.get(`prompts/${language}/${id}.wav`);
  return {
    languages: declared.toSorted((a, b) => Number(b === usualLanguage) - Number(a === usualLanguage)),
    ids: Object.keys(prompts),
    wordsOf: (id, language) => {
      const words = asRecord(prompts[id])[language];
      return typeof words === "string" ? words : null;
    },
    hasSound: (id, language) => soundOf(id, language) !== undefined,
    lengthOf: (id, language) => {
      const sound = soundOf(id, language);
      return sound ? wavLengthMs(sound) : null;
    },
    wordsAt: (id, language) => source.at(["prompts", id, language]),
  };
}

const manifests = new WeakMap<Uint8Array, YamlSource | null>();

/** An editor asks on every change of a flow: the manifest is read once. */
function manifestOf(bytes: Uint8Array): YamlSource | null {
  const known = manifests.get(bytes);
  if (known !== undefined) return known;
  const { source } = readYaml(manifestFile, bytes);
  manifests.set(bytes, source);
  return source;
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
