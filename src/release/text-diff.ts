/** How one file differs from another, line by line: for people to read. */
import { structuredPatch } from "diff";
import type { FileChange } from "./files.ts";

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

/** Lines that differ, with a few around them; `from`, `to`: where they begin, 1 is the first. */
export interface DiffPiece {
  from: number;
  to: number;
  lines: DiffLine[];
}

export const isText = (path: string): boolean => !path.endsWith(".wav");

const kinds = { "+": "added", "-": "removed", " ": "same" } as const;

/** @param before null: there was no such file */
export function textDiff(before: string | null, after: string | null): DiffPiece[] {
  const { hunks } = structuredPatch("", "", before ?? "", after ?? "", "", "", { context: 3 });
  return hunks.map(({ oldStart, newStart, lines }) => ({
    ...{ from: oldStart, to: newStart },
    lines: lines.flatMap((line): DiffLine[] => {
      const kind = kinds[line[0] as keyof typeof kinds];
      // "\ No newline at end of file" is nobody's line.
      return kind ? [{ kind, text: line.slice(1) }] : [];
    }),
  }));
}

const marks = { added: "+", removed: "-", same: " " } as const;

/** As tools write it: "@@ 12 @@" and lines with "+", "-" or a blank before them. */
export const linesOfDiff = (pieces: readonly DiffPiece[]): string[] =>
  pieces.flatMap(({ to, lines }) => [
    `@@ line ${to} @@`,
    ...lines.map(({ kind, text }) => `${marks[kind]}${text}`),
  ]);

const words = { added: "new", changed: "changed", removed: "taken out" } as const;

/** "prompts/en-GB/hello.wav: sound changed" */
export const tellChange = ({ path, kind }: FileChange): string =>
  `${path}: ${isText(path) ? "" : "sound "}${words[kind]}`;
