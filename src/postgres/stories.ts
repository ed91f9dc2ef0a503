import type { Pool } from "pg";
import type { KeptAudio, StoryRows, StoryToKeep, SweptNames } from "#recording/ports.ts";
import { destroyDeleted } from "./erase-story.ts";
import { addTranscription, queueTranscription } from "./jobs.ts";
import { maybeRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

export interface StoryRowsOptions {
  /** False with the speech engine "none": no transcription is queued, and transcript_state stays "none". */
  transcribe: boolean;
}

/** Audio that was missing once may still turn up: the sweeper brings it back. */
const UNKEPT = "(s.audio = 'waiting' or s.discarded_because is not distinct from 'missing')";

export const createStoryRows = (pool: Pool, { transcribe }: StoryRowsOptions) =>
  ({
    ofCall: (callId) => storiesOfCall(pool, callId),
    stored: async (storyId, audio) =>
      (await storedAtOnce(pool, storyId, audio, transcribe)) ||
      inTransaction(pool, (tx) => stored(tx, storyId, audio, transcribe)),
    discarded: (storyId, because) => inTransaction(pool, (tx) => discarded(tx, storyId, because, transcribe)),
    callsWithUnkeptParts: (names) => callsWithUnkeptParts(pool, names),
  }) satisfies StoryRows;

/** A story that may be listened to: kept by the patient's wish, and stored. */
export const keptStory = (pool: Pool, storyId: string): Promise<{ sha256: string } | null> =>
  maybeRow<{ sha256: string }>(
    pool,
    "select sha256 from story where id = $1 and state = 'kept' and audio = 'stored'",
    [storyId],
  );

const NODE_OF_RECORDING = {
  name: "node-of-recording",
  text: `select a.node from recording r join call k on k.id = r.call_id join attempt a on a.id = k.attempt_id
    where r.name = $1`,
};

/** The Asterisk on which this recording was made; null where nobody wrote it down. */
export async function nodeOfRecording(pool: Pool, name: string): Promise<string | null> {
  const row = await maybeRow<{ node: string | null }>(pool, NODE_OF_RECORDING, [name]);
  return row?.node ?? null;
}

/**
 * What became of a take that nothing was decided about: our process died in it (a part never ended), or the line heard
 * no speech in it, which the file may belie. It is the story where there is no other, or where it was cut off.
 */
const DECIDED = `case when s.state <> 'open' then s.state
  when exists (select from recording p where p.story_id = s.id and p.state = 'recording')
    or not exists (select from story o where o.call_id = s.call_id and o.state = 'kept') then 'kept'
  else 'superseded' end`;

const STORIES_OF_CALL = {
  name: "stories-of-call",
  text: `select s.id as "storyId", s.call_id as "callId", s.take,
       ${DECIDED} as state,
       json_agg(json_build_object('name', r.name, 'part', r.part, 'durationMs', r.line_duration_ms,
         'speechMs', r.line_speech_ms, 'endSeen', r.state <> 'recording') order by r.part)
         as parts
     from story s join recording r on r.story_id = s.id
     where s.call_id = $1 and ${UNKEPT}
     group by s.id order by s.take`,
};

const storiesOfCall = (pool: Pool, callId: string): Promise<StoryToKeep[]> =>
  rows<StoryToKeep>(pool, STORIES_OF_CALL, [callId]);

/** The columns of a story whose sound is in the store, and their values; $1 is its id. */
const STORED = `audio = 'stored', discarded_because = null, uri = $2, sha256 = $3, bytes = $4, duration_ms = $5,
    speech_ms = $6, truncated = $7`;

const storedValues = (storyId: string, audio: KeptAudio): unknown[] => [
  ...[storyId, audio.uri, audio.sha256, audio.bytes],
  ...[Math.round(audio.durationMs), Math.round(audio.speechMs), audio.truncated],
];

/**
 * One that nobody deleted, and that no other take must give way to, in one statement: its row, its parts, and, where it
 * is to be written down, its transcript's row and job.
 */
const STORED_AT_ONCE = {
  name: "story-stored",
  text: `with mine as materialized (
      select s.id, s.call_id, s.trust, s.unit, ${DECIDED} as state from story s where s.id = $1 and ${UNKEPT} for update
    ), fit as materialized (
      select * from mine m where m.state = 'superseded' or (m.state = 'kept'
        and not exists (select from story o where o.call_id = m.call_id and o.id <> m.id and o.state = 'kept'))
    ), parts as (
      update recording r set state = 'stored', start_ms = p."startMs", duration_ms = p."durationMs", sha256 = p.sha256
      from fit, jsonb_to_recordset($8::jsonb) as p (name text, "startMs" integer, "durationMs" integer, sha256 text)
      where r.story_id = $1 and r.name = p.name
    ), awaited as (
      insert into transcript (story_id, trust, unit) select id, trust, unit from fit where $9 and state = 'kept'
      on conflict (story_id) where current do nothing
    ), kept as (
      update story s set ${STORED}, state = fit.state from fit where s.id = fit.id
      returning fit.id, fit.state
    )
    select case when $9::boolean and state = 'kept' then (${addTranscription("id")}).id end as job from kept`,
};

async function storedAtOnce(
  pool: Pool,
  storyId: string,
  audio: KeptAudio,
  transcribe: boolean,
): Promise<boolean> {
  const parts = audio.parts.map(({ name, startMs, durationMs, sha256 }) => ({
    ...{ name, sha256, startMs: Math.round(startMs), durationMs: Math.round(durationMs) },
  }));
  const values = [...storedValues(storyId, audio), JSON.stringify(parts), transcribe];
  return (await maybeRow(pool, STORED_AT_ONCE, values)) !== null;
}

async function stored(tx: Tx, storyId: string, audio: KeptAudio, transcribe: boolean): Promise<boolean> {
  const story = await lockUnkept(tx, storyId);
  if (story === null) return isStored(tx, storyId);
  if (story.state === "deleted") {
    await destroyDeleted(tx, storyId, { fileGone: false });
    return false;
  }
  if (story.state === "kept") await supersedeOthers(tx, story);
  const values = [...storedValues(storyId, audio), story.state];
  await tx.query(`update story set ${STORED}, state = $8 where id = $1`, values);
  for (const part of audio.parts) {
    await tx.query(
      `update recording set state = 'stored', start_ms = $3, duration_ms = $4, sha256 = $5
       where story_id = $1 and name = $2`,
      [storyId, part.name, Math.round(part.startMs), Math.round(part.durationMs), part.sha256],
    );
  }
  if (transcribe && story.state === "kept") await wantTranscript(tx, storyId);
  return true;
}

const isStored = async (tx: Tx, storyId: string): Promise<boolean> =>
  (await maybeRow(tx, "select from story where id = $1 and audio = 'stored'", [storyId])) !== null;

async function discarded(tx: Tx, storyId: string, because: string, transcribe: boolean): Promise<void> {
  const story = await lockUnkept(tx, storyId);
  if (story === null) return;
  if (because === "deleted") return destroyDeleted(tx, storyId, { fileGone: true });
  await tx.query("update story set audio = 'discarded', discarded_because = $2 where id = $1", [
    storyId,
    because,
  ]);
  // Silence; an earlier run may have got as far as a key. What was missing may turn up again.
  if (because === "no-speech") await tx.query("delete from story_key where story_id = $1", [storyId]);
  await tx.query("update recording set state = 'discarded' where story_id = $1", [storyId]);
  if (because === "no-speech" && story.state === "kept") await bringBackEarlierTake(tx, story, transcribe);
}

interface LockedStory {
  id: string;
  callId: string;
  state: "kept" | "superseded" | "deleted";
}

const lockUnkept = (tx: Tx, storyId: string): Promise<LockedStory | null> =>
  maybeRow<LockedStory>(
    tx,
    `select s.id, s.call_id as "callId", ${DECIDED} as state from story s where s.id = $1 and ${UNKEPT} for update`,
    [storyId],
  );

const supersedeOthers = (tx: Tx, story: LockedStory) =>
  tx.query("update story set state = 'superseded' where call_id = $1 and id <> $2 and state = 'kept'", [
    story.callId,
    story.id,
  ]);

/** The first telling is kept until a new one has speech, also where only the file shows that it has none. */
async function bringBackEarlierTake(tx: Tx, story: LockedStory, transcribe: boolean): Promise<void> {
  await tx.query("update story set state = 'superseded' where id = $1", [story.id]);
  const earlier = await maybeRow<{ id: string; audio: string }>(
    tx,
    `update story set state = 'kept'
     where id = (select id from story where call_id = $1 and state = 'superseded' and audio <> 'discarded'
       order by take desc limit 1)
     returning id, audio`,
    [story.callId],
  );
  if (transcribe && earlier?.audio === "stored") await wantTranscript(tx, earlier.id);
}

async function wantTranscript(tx: Tx, storyId: string): Promise<void> {
  await tx.query(
    `insert into transcript (story_id, trust, unit) select id, trust, unit from story where id = $1
     on conflict (story_id) where current do nothing`,
    [storyId],
  );
  await queueTranscription(tx, storyId);
}

/** A job that waits longer has failed more than once, while Asterisk was away perhaps: it is queued anew. */
const SOON = "interval '15 seconds'";

async function callsWithUnkeptParts(pool: Pool, names: string[]): Promise<SweptNames> {
  const found = await rows<{
    name: string;
    callId: string;
    fate: "unknown" | "settled" | "unkept" | "in-hand";
  }>(
    pool,
    `select n.name, s.call_id as "callId",
       case when s.id is null then 'unknown'
         when not ${UNKEPT} then 'settled'
         when k.ended_at is null or exists (select from graphile_worker.jobs j
           where j.key = 'keep-story:' || k.id and (j.locked_at is not null
             or (j.attempts < j.max_attempts and j.run_at < clock_timestamp() + ${SOON}))) then 'in-hand'
         else 'unkept' end as fate
     from unnest($1::text[]) as n (name)
     left join recording r on r.name = n.name
     left join story s on s.id = r.story_id
     left join call k on k.id = r.call_id`,
    [names],
  );
  const withFate = (fate: string) => found.filter((row) => row.fate === fate);
  return {
    callIds: [...new Set(withFate("unkept").map((row) => row.callId))],
    unknownNames: withFate("unknown").map((row) => row.name),
    settledNames: withFate("settled").map((row) => row.name),
  };
}
