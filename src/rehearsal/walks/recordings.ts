import { saidIn } from "#flow/check/said.ts";
import type { Flow } from "#flow/definition.ts";
import { saidBy } from "#flow/pieces.ts";
import { type Manifest, readManifest } from "#prompts/manifest.ts";
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
  /** For a number, a day, a time, a trust's name: which of them are said is for the values of each call. */
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
  const { manifest } = readManifest(files);
  const book = promptBook(files, { watch: { fellBack: () => {}, missing: () => {} }, rehearsal: true });
  const found: Recordings = { recorded: [], missing: [] };
  for (const flow of manifest ? flows : [])
    for (const language of manifest!.languages.keys())
      for (const [prompt, ofValue] of promptsOf(flow, language, manifest!)) {
        const sound = book.soundOf(prompt, language);
        if (sound?.language === language)
          found.recorded.push({ flow: flow.flow, prompt, language, sound: sound.name, ofValue });
        else if (!ofValue) found.missing.push({ prompt, language });
      }
  return found;
}

/** By their ids; whether each is said for the sake of a value only. */
function promptsOf(flow: Flow, language: string, manifest: Manifest): Map<string, boolean> {
  const prompts = new Map(ofCampaign(flow, manifest).map((id): [string, boolean] => [id, true]));
  for (const said of saidIn(flow, language)) {
    if ((said.language ?? language) !== language) continue;
    prompts.set(said.id, (prompts.get(said.id) ?? true) && said.ofValue === true);
  }
  return prompts;
}

/** The names of trusts, how long a story may be, how soon a callback comes: by their ids, as campaigns name them. */
function ofCampaign({ steps }: Flow, { prompts }: Manifest): string[] {
  const kinds = Object.values(steps).flatMap((step) => [
    ...saidBy(step).flatMap(({ pieces }) =>
      pieces.flatMap((piece) => (typeof piece === "string" ? [] : Object.keys(piece))),
    ),
    step.kind,
  ]);
  const patterns = [
    ...(kinds.includes("campaign") ? [/^trust-/] : []),
    ...(kinds.includes("setting") ? [/^story-limit-\d+s$/] : []),
    ...(kinds.includes("callback") ? [/^in-\d+-seconds$/] : []),
  ];
  return [...prompts.keys()].filter((id) => patterns.some((pattern) => pattern.test(id)));
}

/** "fft hearback/by-content/0a1b..." */
export const soundIn = (flow: string, sound: string): string => `${flow} ${sound}`;

/** What callers of this walk hear to the end, for each flow that it is held in. */
export const heardOutIn = (walk: PlannedWalk): string[] =>
  flowsOf(walk).flatMap((flow) => [...walk.heardOut].map((sound) => soundIn(flow, sound)));
