/** The prompts as they lie in a folder: what staff edit with their own tools, before it becomes a release. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError, messageOf } from "#lib/errors.ts";
import type { ReleaseFiles } from "#release/files.ts";
import type { ReadFile } from "./unchanged-files.ts";

/** What people lay beside the sounds and no call needs. */
const besides = new Set(["README.md", ".gitignore"]);

/**
 * Every file of it, by its path in a release: prompts/manifest.yaml, prompts/en-GB/hello.wav, prompts/en-GB/recorded.json.
 * @throws AppError `prompts_faulty` where the folder cannot be read
 */
export function readPromptFolder(folder: string, read: ReadFile = readFileSync): ReleaseFiles {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile() && !besides.has(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length))
      .filter((path) => !path.split("/").some((part) => part.startsWith(".")));
    return new Map(paths.sort().map((path) => [`prompts/${path}`, read(join(folder, path))]));
  } catch (thrown) {
    const text = `The prompts cannot be read: ${messageOf(thrown)}. HEARBACK_PROMPT_FOLDER names their folder.`;
    throw new AppError("prompts_faulty", text, {}, { cause: thrown });
  }
}
