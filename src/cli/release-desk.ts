import { readSettings } from "#config.ts";
import type { CanaryFigures } from "#release/canary.ts";
import type { Author, LiveState, ReleaseDesk } from "#release/ports.ts";
import { byCommand } from "./by-command.ts";
import { type Io, say, UsageError } from "./command.ts";

export const releaseNotes = "Needs HEARBACK_DATABASE_URL, HEARBACK_FLOW_FOLDER and HEARBACK_PROMPT_FOLDER.";

/** @throws AppError as `openDatabase`, and `flows_faulty`, `prompts_faulty` where a folder cannot be read */
export async function withReleases(
  io: Io,
  work: (desk: ReleaseDesk, by: Author) => Promise<number>,
): Promise<number> {
  const settings = readSettings(["databaseUrl", "flowFolder", "promptFolder"], io.env);
  const { files } = await io.services.releaseFolders(settings);
  const database = await io.services.openDatabase(settings);
  try {
    return await work(
      database.releases(() => files),
      byCommand(),
    );
  } finally {
    await database.close();
  }
}

/** @throws UsageError */
export function numberOf(word: string): number {
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new UsageError(`"${word}" is no release's number: hearback release list tells them`);
}

/** The releases that there are. */
export const placeOf = (word: string): number | "draft" => (word === "draft" ? "draft" : numberOf(word));

export const nameOf = ({ kind, name, id }: Author): string =>
  kind === "job" ? "Hearback itself" : (name ?? id);

export const momentOf = (date: Date): string => date.toISOString().slice(0, 16).replace("T", " ");

/** What new calls get, and how far the canary is. */
export function linesOfState({ live, canary }: LiveState): string[] {
  const first =
    live === null ? "New calls get what the folders hold: no release is live." : `Release ${live} is live.`;
  if (!canary) return [first];
  const { number, share, since, figures, verdict } = canary;
  return [
    first,
    `Release ${number} is the canary since ${momentOf(since)}: ${Math.round(share * 1000) / 10} % of new calls get it.`,
    ...figureLines(figures, number, live),
    `  ${verdict.states}.`,
    `  All calls get it after 200 calls of its own without a rise, or by: hearback release approve ${number}`,
  ];
}

const figureLines = ({ canary, last }: CanaryFigures, number: number, live: number | null): string[] =>
  [
    [`release ${number}`, canary] as const,
    [live === null ? "the folders" : `release ${live}`, last] as const,
  ].map(
    ([name, arm]) =>
      `  ${name}: ${arm.calls} calls, ${arm.failed} by a fault, ${arm.hungUp} hung up before any answer, ` +
      `${arm.unanswered} pressed nothing, ${arm.silent} in silence, ${arm.missingPrompts} missing prompts`,
  );

/** Told, and status 1. */
export function refused(io: Io, because: string): 1 {
  say(io.stderr, `Refused: ${because}.`);
  return 1;
}
