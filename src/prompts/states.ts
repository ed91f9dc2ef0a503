/** How each prompt stands in each language. */
import type { PromptId } from "#flow/definition.ts";
import { hashOf, type ReleaseFiles } from "#release/files.ts";
import type { Approval, Language, Manifest } from "./manifest.ts";
import { type Making, readRecord, shortHash, soundPath } from "./sounds.ts";

export interface SoundState {
  /** `changed`: the words are others than those that were said. */
  kind: Making | "changed" | "missing";
  /** Who made what is there; null where nothing is. */
  making: Making | null;
  /** The manifest's words; null where it has none in this language. */
  text: string | null;
  /** What the sound says; null where nobody wrote it down, as for a file put there by hand. */
  said: string | null;
  /** Of the file; null where there is none. */
  sha256: string | null;
  /** Null where nobody approved these words in this sound. */
  approval: Approval | null;
  /** Live calls may hear it. */
  fitForPatients: boolean;
}

/** By language, then by id: every id of the manifest, in its order. */
export type PromptStates = ReadonlyMap<string, ReadonlyMap<PromptId, SoundState>>;

/** Of a file, by its path; null where there is none. */
export type HashAt = (path: string) => string | null;

const hashIn =
  (files: ReleaseFiles): HashAt =>
  (path) => {
    const bytes = files.get(path);
    return bytes ? hashOf(bytes) : null;
  };

/** @param files the manifest and the records; the sounds too, unless `hashAt` knows their hashes */
export function promptStates(
  files: ReleaseFiles,
  manifest: Manifest,
  hashAt: HashAt = hashIn(files),
): PromptStates {
  const languages = [...manifest.languages.values()];
  return new Map(
    languages.map((language) => [language.tag, statesIn({ files, hashAt }, manifest, language)]),
  );
}

function statesIn(
  { files, hashAt }: { files: ReleaseFiles; hashAt: HashAt },
  manifest: Manifest,
  language: Language,
): Map<PromptId, SoundState> {
  const [spoken, recorded] = (["stand-in", "recorded"] as const).map((making) =>
    readRecord(files, making, language.tag),
  );
  const stateOf = (id: PromptId): SoundState => {
    const text = manifest.prompts.get(id)?.words.get(language.tag)?.text ?? null;
    const sha256 = hashAt(soundPath(language.tag, id));
    const nothing = { text, said: null, approval: null, fitForPatients: false };
    if (sha256 === null || text === null) return { ...nothing, kind: "missing", making: null, sha256 };
    const byMachine = spoken?.[id]?.sha256 === sha256;
    const making: Making = byMachine ? "stand-in" : "recorded";
    const said =
      (byMachine ? spoken?.[id] : recorded?.[id]?.sha256 === sha256 ? recorded[id] : null)?.text ?? null;
    const kind = said !== null && said !== text ? "changed" : making;
    const approval = approvalOf(language, id, { text, sha256 });
    const fitForPatients = !language.reviewNeeded || kind === "recorded" || approval !== null;
    return { kind, making, text, said, sha256, approval, fitForPatients };
  };
  return new Map([...manifest.prompts.keys()].map((id) => [id, stateOf(id)]));
}

/** It holds for the very words and the very sound that were approved. */
function approvalOf(
  { approved }: Language,
  id: PromptId,
  { text, sha256 }: { text: string; sha256: string },
): Approval | null {
  const found = approved.get(id);
  return found && found.words === shortHash(text) && found.sound === sha256.slice(0, 16) ? found : null;
}
