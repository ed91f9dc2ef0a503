/** What differs between two places, as pages show it: texts line by line, sounds to be heard both. */
import type { FileChange } from "#release/files.ts";
import type { Place, ReleaseDesk } from "#release/ports.ts";
import { type DiffPiece, isText, textDiff } from "#release/text-diff.ts";

export interface Difference {
  path: string;
  kind: FileChange["kind"];
  /** Null: a sound. */
  pieces: DiffPiece[] | null;
  /** Where each can be heard; null where there is none to be heard. */
  sounds: { before: string | null; after: string | null } | null;
}

/** A file that was changed from end to end is not shown from end to end. */
const mostPieces = 40;
const mostFiles = 60;

/** @param before null: the folders, whose texts are not shown beside */
export const differencesOf = (
  desk: ReleaseDesk,
  changes: readonly FileChange[],
  { before, after }: { before: Place | null; after: Place },
): Promise<Difference[]> =>
  Promise.all(
    changes.slice(0, mostFiles).map(async ({ path, kind }): Promise<Difference> => {
      if (isText(path)) {
        const texts = await Promise.all([textAt(desk, before, path), textAt(desk, after, path)]);
        const shown = kind === "added" || before === null ? [] : textDiff(...texts);
        return { path, kind, pieces: shown.slice(0, mostPieces), sounds: null };
      }
      const url = (place: Place | null) =>
        place === null ? null : `/releases/${place}/sounds/${path.slice("prompts/".length)}`;
      const sounds = {
        before: kind === "added" ? null : url(before),
        after: kind === "removed" ? null : url(after),
      };
      return { path, kind, pieces: null, sounds };
    }),
  );

async function textAt(desk: ReleaseDesk, place: Place | null, path: string): Promise<string | null> {
  const bytes = place === null ? null : await desk.file(place, path);
  return bytes && new TextDecoder().decode(bytes);
}
