import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Voice } from "#call/cannot-say.ts";
import { readFlows as checkedFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { tellFault } from "#lib/fault.ts";
import { readManifest as readPromptManifest } from "#prompts/manifest.ts";
import { spokenLanguages } from "#prompts/readiness.ts";
import { readPromptFolder } from "./prompt-folder.ts";
import { fileBehind, readReleaseFolders } from "./release-folders.ts";

const manifestSchema = z.object({
  languages: z.record(z.string(), z.object({ name: z.string() }).loose()),
  prompts: z.record(z.string().regex(/^[a-z0-9-]{1,64}$/), z.record(z.string(), z.string())),
});

/** Prompts with their words, and the files of one language that are really there. */
export interface Prompts {
  language: string;
  folder: string;
  /** Words by prompt id. */
  words: ReadonlyMap<string, string>;
  /** Ids that have both words and audio. */
  ids: ReadonlySet<string>;
}

/** The one language that calls are held in. */
const language = "en-GB";

/**
 * All that calls may say, read afresh.
 * @throws AppError `prompts_faulty`, `flows_faulty`
 */
export function readVoice(folders: { promptFolder: string; flowFolder: string }) {
  const prompts = readPrompts(folders.promptFolder, language);
  const files = readPromptFolder(folders.promptFolder);
  const { manifest } = readPromptManifest(files);
  const languages = manifest ? { languages: spokenLanguages(files, manifest) } : {};
  return {
    prompts: { ...prompts, ...languages },
    flows: readFlows(folders.flowFolder, prompts),
  } satisfies Voice;
}

/** @throws AppError `prompts_faulty` naming the manifest and what is wrong */
export function readPrompts(folder: string, language: string): Prompts {
  const file = join(folder, "manifest.yaml");
  const parsed = manifestSchema.safeParse(readManifest(file));
  if (!parsed.success) throw new AppError("prompts_faulty", `${file}: ${z.prettifyError(parsed.error)}`);
  const languageFolder = join(folder, language);
  const words = new Map<string, string>();
  const ids = new Set<string>();
  for (const [id, texts] of Object.entries(parsed.data.prompts)) {
    const text = texts[language];
    if (text === undefined) continue;
    words.set(id, text);
    if (existsSync(join(languageFolder, `${id}.wav`))) ids.add(id);
  }
  return { language, folder: languageFolder, words, ids };
}

function readManifest(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (thrown) {
    const text = `The prompts' manifest cannot be read: ${messageOf(thrown)}. HEARBACK_PROMPT_FOLDER names its folder.`;
    throw new AppError("prompts_faulty", text, {}, { cause: thrown });
  }
}

/**
 * All flows of a folder, by name.
 * @throws AppError `flows_faulty`: one line a fault, as `hearback check` tells it
 */
export function readFlows(folder: string, prompts: Prompts): Map<string, Flow> {
  const folders = { flowFolder: folder, promptFolder: dirname(prompts.folder), asteriskFolder: null };
  const { flows, faults } = checkedFlows(readReleaseFolders(folders));
  const lines = faults
    .filter(({ level }) => level === "fault")
    .map((fault) => `  ${tellFault({ ...fault, file: fileBehind(fault.file, folders) })}`);
  if (lines.length > 0)
    throw new AppError("flows_faulty", ["The call flows cannot be used:", ...lines].join("\n"));
  return new Map(flows);
}
