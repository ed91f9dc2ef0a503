/** The draft as the pages of flows use it: read once for a few seconds of typing, since its sounds come with it. */
import { readFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import type { Clock } from "#lib/clock.ts";
import type { Fault } from "#lib/fault.ts";
import { readManifest } from "#prompts/manifest.ts";
import { hashOf, type ReleaseFiles, textOf } from "#release/files.ts";
import type { Draft, ReleaseDesk } from "#release/ports.ts";

/** So old a draft may be for a check while somebody types; whoever opens or saves gets it as it is. */
const keepMs = 5_000;

export interface DraftSource {
  fresh(desk: ReleaseDesk): Promise<Draft>;
  recent(desk: ReleaseDesk): Promise<Draft>;
}

export function createDraftSource(clock: Clock): DraftSource {
  let kept: { draft: Draft; atMs: number } | null = null;
  const fresh = async (desk: ReleaseDesk) => {
    const draft = await desk.draft();
    kept = { draft, atMs: clock.monotonicMs() };
    return draft;
  };
  return {
    fresh,
    recent: async (desk) => (kept && clock.monotonicMs() - kept.atMs < keepMs ? kept.draft : fresh(desk)),
  };
}

export const flowPath = (flow: string): string => `flows/${flow}.yaml`;

export interface EditedFlow {
  text: string;
  /** Of the file in the draft; null: it is not there. */
  hash: string | null;
  /** Of this file, and of others where this one is at fault. */
  faults: Fault[];
  /** Null where the text is no flow. */
  flow: Flow | null;
  flows: ReadonlyMap<string, Flow>;
  /** Of prompts, in the language asked for. */
  words: ReadonlyMap<string, string>;
  languages: string[];
  /** A prompt's words in this language, or in the one that stands in; its id where it has none. */
  said(prompt: string, language: string): string;
}

/** @param text as somebody has changed it; null: as it is in the draft */
export function readEdited(
  files: ReleaseFiles,
  name: string,
  text: string | null,
  language = "en-GB",
): EditedFlow {
  const path = flowPath(name);
  const there = files.get(path);
  const written = text ?? textOf(files, path) ?? "";
  const changed: ReleaseFiles =
    text === null ? files : new Map([...files, [path, new TextEncoder().encode(text)]]);
  const { flows, faults } = readFlows(changed);
  return {
    ...{ text: written, hash: there ? hashOf(there) : null, flows },
    faults: faults.filter(({ file }) => file === path),
    flow: flows.get(name) ?? null,
    ...spokenIn(changed, language),
  };
}

export function spokenIn(
  files: ReleaseFiles,
  language: string,
): Pick<EditedFlow, "words" | "languages" | "said"> {
  const { manifest } = readManifest(files);
  const wordsOf = (id: string, tag: string) => {
    const words = manifest?.prompts.get(id)?.words;
    return (words?.get(tag) ?? words?.get("en-GB"))?.text;
  };
  const words = new Map<string, string>();
  for (const id of manifest?.prompts.keys() ?? []) {
    const text = wordsOf(id, language);
    if (text !== undefined) words.set(id, text);
  }
  const languages = [...(manifest?.languages.keys() ?? [])];
  return { words, languages, said: (id, tag) => wordsOf(id, tag) ?? id };
}

/** What an editor offers: names that stand in the files. */
export function completionsOf({ flow, flows, words }: EditedFlow) {
  const fields = new Set<string>();
  const kinds = new Set<string>();
  for (const each of flows.values())
    for (const step of Object.values(each.steps)) {
      kinds.add(step.kind);
      for (const field of Object.keys(step)) fields.add(field);
    }
  return {
    steps: [...Object.keys(flow?.steps ?? {}), "end", "resume"],
    kinds: [...kinds].toSorted(),
    fields: [...fields].toSorted(),
    prompts: Object.fromEntries(words),
  };
}
