/** Many calls with their trails, for figures: put into the tables as their ends write them, without telephoning. */
import type { Pool } from "pg";
import { newId } from "#lib/ids.ts";

/** A call by its stays: [step, left by, seconds in it]. */
export interface ToldTrail {
  stays: [step: string, leftBy: string, seconds: number][];
  /** So many such calls; 1 where nothing is said. */
  times?: number;
  trust?: string;
  flow?: string;
  language?: string;
  release?: number | null;
  answeredAt?: Date;
  disposition?: string;
}

const rated: ToldTrail["stays"] = [
  ["opening", "otherwise", 0],
  ["greeting", "key 1", 14],
  ["welcome", "next", 9],
  ["question", "key 2", 21],
  ["read-back", "key 1", 6],
];
/** The usual ways through the survey. */
export const usualWays = {
  completed: [...rated, ["story", "next", 48], ["review", "key 1", 8], ["thanks", "next", 6]],
  hungUpAtGreeting: [
    ["opening", "otherwise", 0],
    ["greeting", "hang-up", 5],
  ],
  hungUpAtQuestion: [...rated.slice(0, 3), ["question", "hang-up", 12]],
  silent: [...rated.slice(0, 3), ["question", "unanswered", 61], ["say-goodbye", "next", 4]],
  hungUpAtThanks: [...rated, ["story", "next", 30], ["review", "key 1", 8], ["thanks", "hang-up", 2]],
} satisfies Record<string, ToldTrail["stays"]>;

export async function tellTrails(pool: Pool, trails: ToldTrail[]): Promise<string[]> {
  const ids: string[] = [];
  for (const trail of trails)
    for (let n = 0; n < (trail.times ?? 1); n += 1) ids.push(await tellTrail(pool, trail));
  return ids;
}

async function tellTrail(pool: Pool, trail: ToldTrail): Promise<string> {
  const id = newId();
  const { stays, trust = "RXX", flow = "fft", language = "en-GB", release = null } = trail;
  const answeredAt = trail.answeredAt ?? new Date(Date.now() - 3_600_000);
  // As a call to us, which needs no attempt; nothing of the figures asks for the direction.
  await pool.query(
    `insert into call (id, trust, unit, flow, flow_version, answered_at, ended_at, ended_by, disposition, flow_state,
       direction, channel_id, owner)
     values ($1, $2, 'all', $3, repeat('0', 64), $4, $4::timestamptz + interval '2 minutes', 'them', $5, '{}', 'inbound',
       'test', 'test')`,
    [id, trust, flow, answeredAt, trail.disposition ?? "completed"],
  );
  let atMs = 0;
  const rows = stays.map(([step, leftBy, seconds], at) => {
    const enteredMs = atMs;
    atMs += seconds * 1_000;
    return { sequence: at + 1, step, leftBy, enteredMs, leftMs: atMs };
  });
  await pool.query(
    `insert into call_step (call_id, sequence, trust, unit, flow, step, language, release, answered_at, entered_ms, left_ms,
       left_by)
     select $1, t.sequence, $2, 'all', $3, t.step, $4, $5, $6, t."enteredMs", t."leftMs", t."leftBy"
     from jsonb_to_recordset($7::jsonb) as t (sequence integer, step text, "leftBy" text, "enteredMs" integer, "leftMs" integer)`,
    [id, trust, flow, language, release, answeredAt, JSON.stringify(rows)],
  );
  return id;
}
