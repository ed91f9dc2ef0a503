import { readSettings } from "#config.ts";
import { nearest } from "#lib/nearest.ts";
import { type Io, UsageError } from "./command.ts";
import type { LyingFiles } from "./ports.ts";

/** The options by which a command is told where its flows and prompts are. */
export const sourceOptions = {
  folder: {
    value: "DIR",
    help: "take what lies below it (dialplans/flows or flows, and prompts)",
  },
} as const;

/** For the notes of such a command. */
export const sourceNotes =
  "Without --folder: HEARBACK_FLOW_FOLDER and HEARBACK_PROMPT_FOLDER, or dialplans/flows and prompts here.";

/** @throws AppError `flows_faulty`, `prompts_faulty`: a folder cannot be read */
export const readSource = (given: { folder: string | undefined }, io: Io): Promise<LyingFiles> =>
  io.services.releaseFolders(
    given.folder === undefined
      ? readSettings(["flowFolder", "promptFolder"], io.env)
      : { folder: given.folder },
  );

/** @throws UsageError where a flow is named that is not there */
export function checkNamed(named: readonly string[], there: readonly string[]): void {
  for (const name of named) {
    if (there.includes(name)) continue;
    const meant = nearest(name, there);
    const hint = meant ? `did you mean ${meant}?` : `there are: ${there.join(", ") || "none"}`;
    throw new UsageError(`there is no flow "${name}" without faults; ${hint}`);
  }
}
