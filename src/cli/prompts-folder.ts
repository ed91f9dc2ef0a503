import { readSettings } from "#config.ts";
import { AppError } from "#lib/errors.ts";
import { tellFault } from "#lib/fault.ts";
import { nearest } from "#lib/nearest.ts";
import { type Manifest, readManifest } from "#prompts/manifest.ts";
import type { PromptShelf } from "#prompts/ports.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { type Io, UsageError } from "./command.ts";

export interface OpenPrompts {
  shelf: PromptShelf;
  /** As they were when the command began. */
  files: ReleaseFiles;
  manifest: Manifest;
}

export const needsPrompts = "Needs HEARBACK_PROMPT_FOLDER; no database, no Asterisk, and calls never notice.";

export const languageOption = {
  value: "TAG",
  help: "such as cy-GB; the manifest's first when not given",
} as const;

/** @throws AppError `prompts_faulty` where the manifest cannot be read */
export async function openPrompts(io: Io): Promise<OpenPrompts> {
  const { promptFolder } = readSettings(["promptFolder"], io.env);
  const shelf = await io.services.promptShelf(promptFolder);
  const files = shelf.files();
  const { manifest, faults } = readManifest(files);
  if (!manifest) throw new AppError("prompts_faulty", faults.map(tellFault).join("\n"));
  return { shelf, files, manifest };
}

/** @throws UsageError naming the nearest */
export function languageFrom({ languages }: Manifest, given: string | undefined): string {
  const tags = [...languages.keys()];
  const tag = given ?? tags[0];
  if (tag !== undefined && languages.has(tag)) return tag;
  const meant = given && nearest(given, tags);
  throw new UsageError(
    `there is no language ${given ?? ""}; ${meant ? `did you mean ${meant}?` : `there are: ${tags.join(", ")}`}`,
  );
}

/** All prompts, where none is named. @throws UsageError naming the nearest */
export function idsFrom({ prompts }: Manifest, given: readonly string[]): string[] {
  const ids = [...prompts.keys()];
  for (const id of given) {
    if (prompts.has(id)) continue;
    const meant = nearest(id, ids);
    throw new UsageError(
      `there is no prompt ${id}; ${meant ? `did you mean ${meant}?` : "hearback prompts status lists them"}`,
    );
  }
  return given.length > 0 ? [...new Set(given)] : ids;
}
