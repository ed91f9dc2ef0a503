import { readSettings } from "#config.ts";
import { AppError } from "#lib/errors.ts";
import { nearest } from "#lib/nearest.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { type Io, UsageError } from "./command.ts";
import type { LyingFiles } from "./ports.ts";
import { numberOf, withReleases } from "./release-desk.ts";

/** The options by which a command is told where its flows and prompts are. */
export const sourceOptions = {
  folder: {
    value: "DIR",
    help: "take what lies below it (dialplans/flows or flows, and prompts)",
  },
  draft: { help: "take the draft of the next release" },
  release: { value: "N", help: "take this release" },
} as const;

interface Given {
  folder: string | undefined;
  draft: boolean;
  release: string | undefined;
}

/** For the notes of such a command. */
export const sourceNotes =
  "Without these: HEARBACK_FLOW_FOLDER and HEARBACK_PROMPT_FOLDER, or dialplans/flows and prompts here.";

/**
 * @throws AppError `flows_faulty`, `prompts_faulty`: a folder cannot be read; `release_missing`; as `openDatabase`
 * @throws UsageError where more than one source is given
 */
export async function readSource(given: Given, io: Io): Promise<LyingFiles> {
  const { folder, draft, release } = given;
  if ([folder !== undefined, draft, release !== undefined].filter(Boolean).length > 1)
    throw new UsageError("one of --folder, --draft and --release is enough");
  if (draft) return releaseFiles("draft", io);
  if (release !== undefined) return releaseFiles(numberOf(release), io);
  return io.services.releaseFolders(
    folder === undefined ? readSettings(["flowFolder", "promptFolder"], io.env) : { folder },
  );
}

async function releaseFiles(place: number | "draft", io: Io): Promise<LyingFiles> {
  const found: ReleaseFiles[] = [];
  await withReleases(io, async (desk) => {
    const files = await desk.filesOf(place);
    if (files) found.push(files);
    return 0;
  });
  const [files] = found;
  if (!files) throw new AppError("release_missing", `there is no release ${place}`);
  return { files, fileBehind: (path) => path };
}

/** @throws UsageError where a flow is named that is not there */
export function checkNamed(named: readonly string[], there: readonly string[]): void {
  for (const name of named) {
    if (there.includes(name)) continue;
    const meant = nearest(name, there);
    const hint = meant ? `did you mean ${meant}?` : `there are: ${there.join(", ") || "none"}`;
    throw new UsageError(`there is no flow "${name}" without faults; ${hint}`);
  }
}
