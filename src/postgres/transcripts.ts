import type { Pool } from "pg";
import type { SpeechEngine, Transcription, TranscriptRows } from "#transcript/ports.ts";
import { changed, maybeRow } from "./rows.ts";

type Engine = Pick<SpeechEngine, "name" | "model" | "rough">;

/** Arrows: waiting or failed -> done, no_words or failed. What is done stays, so a job may run twice. */
export const createTranscriptRows = (pool: Pool): TranscriptRows => ({
  audioKey: (storyId) => audioKey(pool, storyId),
  done: (storyId, engine, result) => done(pool, storyId, engine, result),
  noWords: (storyId, engine) => settle(pool, storyId, engine, "no_words", null),
  failed: (storyId, engine, reason) => settle(pool, storyId, engine, "failed", reason),
});

/** The store's key for a story is its id (recording/ports.ts). */
async function audioKey(pool: Pool, storyId: string): Promise<string | null> {
  const story = await maybeRow<{ id: string }>(
    pool,
    "select id from story where id = $1 and audio = 'stored' and state <> 'deleted'",
    [storyId],
  );
  return story && `${story.id}.wav`;
}

async function done(pool: Pool, storyId: string, engine: Engine, result: Transcription): Promise<void> {
  await pool.query(
    `update transcript set state = 'done', engine = $2, model = $3, rough = $4, text = $5, words = $6,
       confidence = $7, failed_because = null
     where story_id = $1 and state in ('waiting', 'failed')`,
    [
      storyId,
      engine.name,
      engine.model,
      engine.rough,
      result.text,
      JSON.stringify(result.words),
      result.confidence,
    ],
  );
}

const settle = (
  pool: Pool,
  storyId: string,
  engine: Engine,
  state: string,
  because: string | null,
): Promise<void> =>
  changed(
    pool,
    `update transcript set state = $5, engine = $2, model = $3, rough = $4, failed_because = $6
     where story_id = $1 and state in ('waiting', 'failed')`,
    [storyId, engine.name, engine.model, engine.rough, state, because],
  ).then(() => undefined);
