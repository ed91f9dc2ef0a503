import type { Pool } from "pg";
import type { Disposition } from "#call/disposition.ts";

/** A row of the view `survey_result`, under its own names: the contract with the trust's system (README.md). */
export interface SurveyResult {
  visit_id: string;
  visit_ref: string;
  campaign: string;
  channel: string;
  disposition: Disposition;
  attempts: number;
  answered_at: Date | null;
  /** 1 very good to 5 very poor, 6 don't know. */
  rating: number | null;
  rating_label: string | null;
  story_id: string | null;
  story_seconds: number | null;
  recording_uri: string | null;
  transcript: string | null;
  transcript_state: "none" | "waiting" | "done" | "no_words" | "failed";
  transcript_engine: string | null;
  transcript_confidence: number | null;
  share_consent: boolean | null;
  callback_due: Date | null;
  updated_at: Date;
}

/** A result with what its flow asked beside the rating, by question; null where it asked nothing. */
export interface ResultWithAnswers extends SurveyResult {
  answers: Record<string, number | boolean | string> | null;
}

/** In the order of the view; for the heading of a CSV. */
export const resultColumns = [
  "visit_id",
  "visit_ref",
  "campaign",
  "channel",
  "disposition",
  "attempts",
  "answered_at",
  "rating",
  "rating_label",
  "story_id",
  "story_seconds",
  "recording_uri",
  "transcript",
  "transcript_state",
  "transcript_engine",
  "transcript_confidence",
  "share_consent",
  "callback_due",
  "updated_at",
] as const satisfies (keyof SurveyResult)[];

/** As they are written out. */
export const exportedColumns = [...resultColumns, "answers"] as const;

/** node-postgres reads a numeric as text; seconds with one decimal fit a double. */
const SELECT = `select ${resultColumns.join(", ").replace("story_seconds", "story_seconds::float8")},
  answers_of(visit_id) as answers from survey_result`;

const BATCH = 500;

/**
 * Every visit's result as of now, in the order of import, in bounded memory.
 * @param campaign a campaign's name; without it all of them
 */
export async function* streamResults(pool: Pool, campaign?: string): AsyncGenerator<ResultWithAnswers> {
  const tx = await pool.connect();
  let broken: Error | undefined;
  try {
    await tx.query("begin isolation level repeatable read, read only");
    // Whoever reads may be slow, a pipe for one.
    await tx.query(
      "set local idle_in_transaction_session_timeout = '10min'; set local statement_timeout = 0",
    );
    await tx.query(
      `declare results no scroll cursor for ${SELECT} where $1::text is null or campaign = $1 order by visit_id`,
      [campaign ?? null],
    );
    for (;;) {
      const { rows } = await tx.query<ResultWithAnswers>(`fetch ${BATCH} from results`);
      yield* rows;
      if (rows.length < BATCH) break;
    }
  } finally {
    await tx.query("rollback").catch((lost: Error) => {
      broken = lost;
    });
    tx.release(broken);
  }
}
