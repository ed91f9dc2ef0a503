import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Voice } from "#call/cannot-say.ts";
import { checkFlow } from "#flow/check.ts";
import type { Flow } from "#flow/definition.ts";
import { AppError, messageOf } from "#lib/errors.ts";

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
  return { prompts, flows: readFlows(folders.flowFolder, prompts) } satisfies Voice;
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
 * @throws AppError `flows_faulty`: one line a fault, `file:line: what`
 */
export function readFlows(folder: string, prompts: Prompts): Map<string, Flow> {
  const flows = new Map<string, Flow>();
  const faults: string[] = [];
  for (const name of flowFilesIn(folder)) {
    const file = join(folder, name);
    const checked = checkFlow(readFileSync(file, "utf8"), prompts.ids);
    for (const { line, fault } of checked.faults)
      faults.push(`${file}:${line}: ${fault}${hint(fault, prompts)}`);
    if (!checked.flow) continue;
    if (checked.flow.flow !== basename(name, ".yaml")) {
      faults.push(
        `${file}:1: the file is named ${name}, the flow in it "${checked.flow.flow}": give both one name`,
      );
    }
    flows.set(checked.flow.flow, checked.flow);
  }
  if (faults.length > 0) {
    throw new AppError(
      "flows_faulty",
      `The call flows cannot be used:\n${faults.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  return flows;
}

function flowFilesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter(
      (name) => name.endsWith(".yaml") && !name.endsWith(".test.yaml"),
    );
    return names.sort();
  } catch (thrown) {
    const text = `The call flows cannot be read: ${messageOf(thrown)}. HEARBACK_FLOW_FOLDER names their folder.`;
    throw new AppError("flows_faulty", text, {}, { cause: thrown });
  }
}

function hint(fault: string, prompts: Prompts): string {
  const id = /^there is no prompt "([^"]+)"$/.exec(fault)?.[1];
  if (!id) return "";
  return prompts.words.has(id)
    ? `: the manifest has its words, but ${join(prompts.folder, `${id}.wav`)} is missing`
    : ": add its words to prompts/manifest.yaml and its audio beside it";
}
