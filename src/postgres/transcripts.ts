import type { Pool } from "pg";
import type { SpeechEngine, Transcription, TranscriptRows } from "#transcript/ports.ts";
import { placeOf, type TranscriptRow } from "#transcript/where-it-goes.ts";
import { maybeRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

type Engine = Pick<SpeechEngine, "name" | "model" | "rough">;

interface Outcome {
  state: "done" | "no_words" | "failed";
  heard?: Transcription;
  failedBecause?: string;
}

/** Each engine and model has a row of its own for a story (transcript/where-it-goes.ts), so a job may run twice. */
export const createTranscriptRows = (pool: Pool): TranscriptRows => ({
  audioKey: (storyId) => audioKey(pool, storyId),
  done: (storyId, engine, heard) => settle(pool, storyId, engine, { state: "done", heard }),
  noWords: (storyId, engine) => settle(pool, storyId, engine, { state: "no_words" }),
  failed: (storyId, engine, failedBecause) =>
    settle(pool, storyId, engine, { state: "failed", failedBecause }),
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

const settle = (pool: Pool, storyId: string, engine: Engine, outcome: Outcome): Promise<void> =>
  inTransaction(pool, async (tx) => {
    const there = await rows<TranscriptRow>(
      tx,
      "select id, state, engine, model, rough, current from transcript where story_id = $1 order by id for update",
      [storyId],
    );
    const place = placeOf(there, engine, outcome.state);
    if (place?.drop) await tx.query("delete from transcript where id = $1", [place.drop]);
    if (!place?.into) return;
    if (place.show)
      await tx.query("update transcript set current = false where story_id = $1 and id <> $2 and current", [
        storyId,
        place.into,
      ]);
    await write(tx, { id: place.into, show: place.show }, engine, outcome);
  });

async function write(
  tx: Tx,
  { id, show }: { id: string; show: boolean },
  { name, model, rough }: Engine,
  { state, heard, failedBecause }: Outcome,
): Promise<void> {
  const words = heard ? JSON.stringify(heard.words) : null;
  await tx.query(
    `update transcript set current = $2, engine = $3, model = $4, rough = $5, state = $6, text = $7, words = $8,
       confidence = $9, failed_because = $10, held_because = null
     where id = $1`,
    [
      ...[id, show, name, model, rough, state],
      ...[heard?.text ?? null, words, heard?.confidence ?? null, failedBecause ?? null],
    ],
  );
}
