/** Which of a story's transcripts an engine's result becomes, and whether it is the one that is shown. */

export interface TranscriptRow {
  id: string;
  state: "waiting" | "done" | "no_words" | "failed";
  /** Null: waits for the engine that hears new stories. */
  engine: string | null;
  model: string | null;
  rough: boolean | null;
  current: boolean;
}

export interface HeardBy {
  name: string;
  model: string;
  rough: boolean;
}

export interface Place {
  /** The row that the result is written to; null: it is of no use. */
  into: string | null;
  /** The row that waited for it, where the result goes to another. */
  drop: string | null;
  /** It is the one that is shown from now on. */
  show: boolean;
}

const settled = (row: TranscriptRow | undefined) => row?.state === "done" || row?.state === "no_words";

/**
 * The newest result is shown, except that a failure never hides words, nor a rough engine's words those of another.
 * Null where nobody asked for it: the job ran twice, or the story is gone.
 */
export function placeOf(
  rows: readonly TranscriptRow[],
  by: HeardBy,
  outcome: "done" | "no_words" | "failed",
): Place | null {
  const asked =
    rows.find(({ state, engine }) => state === "waiting" && engine === by.name) ??
    rows.find(({ state, engine }) => state === "waiting" && engine === null);
  const same = rows.find(
    (row) => row.state !== "waiting" && row.engine === by.name && row.model === by.model,
  );
  const retried = rows.find((row) => row.state === "failed" && (row === same || row.current));
  if (!asked && !retried) return null;
  const into = same ?? asked ?? retried!;
  const drop = asked && asked !== into ? asked.id : null;
  if (outcome === "failed" && settled(into)) return { into: null, drop, show: false };
  const shown = rows.find(({ current }) => current);
  const replaces = outcome !== "failed" && !(settled(shown) && by.rough && shown?.rough === false);
  return { into: into.id, drop, show: into.current || shown?.id === drop || replaces };
}
