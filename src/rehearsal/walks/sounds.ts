/** The sounds of a release as they go over the trunk: A-law, 8 kHz, a byte a sample. */
import { encodeALaw } from "#lib/audio/g711.ts";
import { formsOf } from "#prompts/forms.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";

export interface ReleaseSounds {
  /** By the name under which Asterisk finds it. */
  byName: ReadonlyMap<string, Uint8Array>;
  /** Whose words a sound is: "goodbye (en-GB)". */
  whose(name: string): string;
}

export function soundsOf(files: ReleaseFiles): ReleaseSounds {
  const byName = new Map<string, Uint8Array>();
  const owners = new Map<string, string>();
  for (const [path, bytes] of files) {
    const [, language, prompt] = /^prompts\/([^/]+)\/([^/]+)\.wav$/.exec(path) ?? [];
    if (!prompt) continue;
    const name = soundName(hashOf(bytes));
    byName.set(name, encodeALaw(formsOf(bytes).narrow));
    owners.set(name, `${prompt} (${language})`);
  }
  return { byName, whose: (name) => owners.get(name) ?? name };
}

export const bytesPerMs = 8;
