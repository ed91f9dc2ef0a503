/** The rules that prompts keep, so that whatever is published can be heard: a fault names the file and the remedy. */
import type { PromptId } from "#flow/definition.ts";
import { type Fault, inReadingOrder } from "#lib/fault.ts";
import { nearest } from "#lib/nearest.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { soundFaults } from "./check-sound.ts";
import { type Language, type Manifest, manifestPath, type PromptEntry, readManifest } from "./manifest.ts";
import { isUnreadable, recordPaths, soundPath } from "./sounds.ts";
import { promptStates, type SoundState } from "./states.ts";

/** The same without a look into any sound: what somebody who writes words is told meanwhile. */
export const checkWords = (files: ReleaseFiles): Fault[] => faultsOfPrompts(files, () => []);

export const checkPrompts = (files: ReleaseFiles): Fault[] => faultsOfPrompts(files, soundFaults);

function faultsOfPrompts(files: ReleaseFiles, inSound: typeof soundFaults): Fault[] {
  if (![...files.keys()].some((path) => path.startsWith("prompts/"))) return [];
  const { manifest, faults } = readManifest(files);
  if (!manifest) return faults;
  return inReadingOrder([
    ...languageFaults(manifest),
    ...wordFaults(manifest),
    ...strayFiles(files, manifest),
    ...[...promptStates(files, manifest)].flatMap(([tag, states]) => {
      const language = manifest.languages.get(tag)!;
      const each = [...states].flatMap(([id, state]) =>
        stateFaults({ files, manifest, language, id, state, inSound }),
      );
      return [...recordFaults(files, tag), ...each, ...reviewFaults(language, states)];
    }),
  ]);
}

/** Without it a machine's voice would pass for a person's, and reach patients whom nobody approved it for. */
const recordFaults = (files: ReleaseFiles, language: string): Fault[] =>
  (["stand-in", "recorded"] as const)
    .filter((making) => isUnreadable(files, making, language))
    .map((making) => ({
      ...{
        file: recordPaths[making](language),
        line: 1,
        column: 1,
        level: "fault",
        rule: "record-unreadable",
      },
      what: "what is known of how these sounds were made cannot be read",
      instead: "put back the file of before; Hearback writes it, nobody edits it",
    }));

const inManifest = { file: manifestPath, level: "fault" } as const;
const place = ({ line, column }: { line: number; column: number }) => ({ line, column });

function languageFaults({ languages }: Manifest): Fault[] {
  return [...languages.values()].flatMap((language): Fault[] => {
    const chain = fallbackChain(languages, language.tag);
    const last = languages.get(chain.at(-1) ?? "");
    if (language.fallback !== null && !languages.has(language.fallback))
      return [
        {
          ...{ ...inManifest, ...place(language), rule: "unknown-language" },
          what: `${language.tag} falls back to ${language.fallback}, which is no language here`,
          instead: `name one of: ${[...languages.keys()].join(", ")}`,
        },
      ];
    if (last?.fallback && chain.includes(last.fallback))
      return [
        {
          ...{ ...inManifest, ...place(language), rule: "fallback-circle" },
          what: `${language.tag} falls back in a circle: ${[...chain, last.fallback].join(", ")}`,
          instead: "let one of them fall back to none",
        },
      ];
    return [];
  });
}

/** A language and those that stand in for it, in turn; each once. */
export function fallbackChain(languages: Manifest["languages"], tag: string): string[] {
  const chain: string[] = [];
  for (let next: string | null = tag; next !== null && languages.has(next) && !chain.includes(next); ) {
    chain.push(next);
    next = languages.get(next)!.fallback;
  }
  return chain;
}

function wordFaults({ languages, prompts }: Manifest): Fault[] {
  const unknown = (entry: PromptEntry): Fault[] =>
    [...entry.words]
      .filter(([tag]) => !languages.has(tag))
      .map(([tag, words]) => {
        const meant = nearest(tag, [...languages.keys()]);
        return {
          ...{ ...inManifest, ...place(words), rule: "unknown-language" },
          what: `${entry.id} has words in ${tag}, which is no language here`,
          instead: meant ? `did you mean ${meant}?` : `add ${tag} under "languages"`,
        };
      });
  const empty = (entry: PromptEntry): Fault[] =>
    [...entry.words]
      .filter(([, { text }]) => text.trim() === "")
      .map(([tag, words]) => ({
        ...{ ...inManifest, ...place(words), rule: "words-missing" },
        what: `${entry.id} has no words in ${tag}`,
        instead: "write what is said",
      }));
  return [...prompts.values()].flatMap((entry) => [...unknown(entry), ...empty(entry)]);
}

/** Files that no call would ever play. */
function strayFiles(files: ReleaseFiles, { languages, prompts }: Manifest): Fault[] {
  const records = new Set(
    [...languages.keys()].flatMap((tag) => Object.values(recordPaths).map((path) => path(tag))),
  );
  return [...files.keys()].flatMap((file): Fault[] => {
    const found = /^prompts\/([^/]+)\/(.+)$/.exec(file);
    if (!found || records.has(file)) return [];
    const [, tag = "", name = ""] = found;
    const fault = (rule: string, what: string, instead: string): Fault[] => [
      { file, line: 0, column: 0, level: "fault", rule, what, instead },
    ];
    if (!languages.has(tag))
      return fault(
        "unknown-language",
        `${tag} is no language here`,
        `add it under "languages", or remove the folder`,
      );
    if (!name.endsWith(".wav"))
      return fault(
        "stray-file",
        "it is no prompt's sound",
        "import it with hearback prompts import, or remove it",
      );
    const id = name.slice(0, -".wav".length);
    if (prompts.get(id)?.words.has(tag)) return [];
    const meant = nearest(id, [...prompts.keys()]);
    const add = `add the words of "${id}" in ${tag} to the manifest, or remove the file`;
    return fault(
      "sound-without-words",
      `the manifest has no words for it`,
      meant ? `did you mean ${meant}? Else ${add}` : add,
    );
  });
}

interface One {
  files: ReleaseFiles;
  manifest: Manifest;
  language: Language;
  id: PromptId;
  state: SoundState;
  inSound: typeof soundFaults;
}

function stateFaults({ files, manifest, language, id, state, inSound }: One): Fault[] {
  const entry = manifest.prompts.get(id)!;
  const words = entry.words.get(language.tag);
  if (!words) return [missingWords(language, entry)];
  const bytes = files.get(soundPath(language.tag, id));
  if (!bytes) return [missingSound(language, id)];
  const file = soundPath(language.tag, id);
  const sound = inSound(bytes, words.text).map((fault) => ({ ...fault, file, line: 0, column: 0 }));
  return state.kind === "changed" ? [...sound, changedWords(language, entry, state)] : sound;
}

/** Another language is heard instead, where one is named: that is poor, and works. */
const levelOf = ({ fallback }: Language) => (fallback === null ? "fault" : "warning");
const insteadOf = ({ fallback }: Language) => (fallback === null ? "" : `; until then ${fallback} is heard`);

const missingWords = (language: Language, entry: PromptEntry): Fault => ({
  ...{ file: manifestPath, ...place(entry), rule: "words-missing", level: levelOf(language) },
  what: `${entry.id} has no words in ${language.tag}`,
  instead: `write them beside the others${insteadOf(language)}`,
});

const missingSound = (language: Language, id: PromptId): Fault => ({
  ...{
    file: soundPath(language.tag, id),
    line: 0,
    column: 0,
    rule: "prompt-missing",
    level: levelOf(language),
  },
  what: `${id} has words in ${language.tag}, but no sound`,
  instead: `record it, or make a stand-in: hearback prompts say ${id} --language ${language.tag}${insteadOf(language)}`,
});

/** A machine says the new words at once; for a person's recording somebody must decide whether it still fits. */
const changedWords = (language: Language, entry: PromptEntry, { making }: SoundState): Fault => ({
  ...{ file: manifestPath, ...place(entry.words.get(language.tag)!), rule: "words-changed" },
  level: making === "stand-in" ? "fault" : "warning",
  what: `${entry.id} says other words in ${language.tag} than these`,
  instead:
    making === "stand-in"
      ? `record it on its page, or run hearback prompts say ${entry.id} --language ${language.tag}`
      : `record it again: hearback prompts import FILE --id ${entry.id} --language ${language.tag}`,
});

function reviewFaults(language: Language, states: ReadonlyMap<PromptId, SoundState>): Fault[] {
  const waiting = [...states.values()].filter(
    ({ kind, fitForPatients }) => kind !== "missing" && !fitForPatients,
  );
  if (waiting.length === 0) return [];
  return [
    {
      ...{ file: manifestPath, ...place(language), rule: "stand-in-unapproved", level: "warning" },
      what: `${waiting.length} stand-ins in ${language.tag} were approved by nobody: no live campaign may use them`,
      instead: `let somebody who speaks it listen, then hearback prompts approve --language ${language.tag} --reviewer NAME`,
    },
  ];
}
