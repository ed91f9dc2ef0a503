import type { Pool } from "pg";
import { toldStory } from "./told-story.ts";

export interface Telling {
  ward?: string;
  site?: string;
  rating?: number;
  words?: string | null;
  /** When it was told, in UTC. */
  at?: string;
  durationMs?: number;
  consent?: boolean;
}

/** A story that was told on a ward, with its words as an engine would have written them; null: it heard none. */
export async function tell(pool: Pool, telling: Telling = {}): Promise<string> {
  const { site = "St Example’s", ward = "Ward 7", rating = 1, words = "the nurses were kind", at } = telling;
  const { attempt, storyId } = await toldStory(pool, { transcribe: false });
  await pool.query("update visit set site = $2, ward = $3 where id = $1", [attempt.visitId, site, ward]);
  await pool.query(
    "update call set rating = $2, share_consent = $3, answered_at = coalesce($4, answered_at) where visit_id = $1",
    [attempt.visitId, rating, telling.consent ?? true, at ?? null],
  );
  await pool.query("update story set duration_ms = $2 where id = $1", [storyId, telling.durationMs ?? 5000]);
  await pool.query(
    `insert into transcript (story_id, trust, unit, state, engine, model, text)
     values ($1, 'RXX', 'all', $2, 'test', '', $3)`,
    [storyId, words === null ? "no_words" : "done", words],
  );
  return storyId;
}
