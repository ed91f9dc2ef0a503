import { saidIn } from "#flow/check/said.ts";
import type { Flow } from "#flow/definition.ts";
import { readManifest } from "#prompts/manifest.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { flowsOf, type PlannedWalk } from "./planned-walk.ts";

/** A prompt that a flow can say, in one of the languages in which there is a recording of it. */
export interface Recording {
  flow: string;
  prompt: string;
  language: string;
  /** By the name under which Asterisk finds it: prompts that sound the same to the last bit have the same. */
  sound: string;
  /** A word for a number, a day or a time: which of them are said is for the values of each call. */
  ofValue: boolean;
}

export interface Recordings {
  recorded: Recording[];
  /** What a flow says by its name, and what is not recorded in this language: another is heard. */
  missing: Pick<Recording, "prompt" | "language">[];
}

/** By a list, any call may be held in any language of the manifest. */
export const languagesOf = (files: ReleaseFiles): string[] => [
  ...(readManifest(files).manifest?.languages.keys() ?? []),
];

export function recordingsOf(files: ReleaseFiles, flows: readonly Flow[]): Recordings {
  const book = promptBook(files, { watch: { fellBack: () => {}, missing: () => {} }, rehearsal: true });
  const recorded: Recording[] = [];
  const missing = new Map<string, Pick<Recording, "prompt" | "language">>();
  for (const flow of flows)
    for (const language of languagesOf(files)) {
      const said = Map.groupBy(saidIn(flow, language), ({ id }) => id);
      for (const [prompt, places] of said) {
        const here = places.filter((place) => (place.language ?? language) === language);
        if (here.length === 0) continue;
        const sound = book.soundOf(prompt, language);
        const ofValue = here.every((place) => place.ofValue);
        if (sound?.language === language)
          recorded.push({ flow: flow.flow, prompt, language, sound: sound.name, ofValue });
        else if (!ofValue) missing.set(`${prompt} ${language}`, { prompt, language });
      }
    }
  return { recorded, missing: [...missing.values()] };
}

/** "fft hearback/by-content/0a1b..." */
export const soundIn = (flow: string, sound: string): string => `${flow} ${sound}`;

/** What callers of this walk hear to the end, for each flow that it is held in. */
export const heardOutIn = (walk: PlannedWalk): string[] =>
  flowsOf(walk).flatMap((flow) => [...walk.heardOut].map((sound) => soundIn(flow, sound)));
