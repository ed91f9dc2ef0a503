import type { Pool } from "pg";
import type { Disposition } from "#call/disposition.ts";
import { maybeRow, rows } from "./rows.ts";

/** How one visit stands at this moment, for a board that shows one line a person. */
export interface BoardRow {
  visitId: string;
  visitRef: string;
  status: "due" | "calling" | "done" | "held" | "withdrawn";
  /** Due visits are called from here on. */
  notBefore: Date;
  /** Of the last attempt; null before the first. */
  attempt: "intent" | "dialing" | "live" | "unknown" | "ended" | "refused" | null;
  ringing: boolean;
  /** The flow's step in a live call. */
  step: string | null;
  /** A part of the story is being recorded. */
  recording: boolean;
  disposition: Disposition;
  attempts: number;
  rating: number | null;
  storySeconds: number | null;
  transcriptState: "none" | "waiting" | "done" | "no_words" | "failed";
  callbackDue: Date | null;
}

/** What somebody who follows one visit closely wants to know as well. */
export interface CloseRow extends BoardRow {
  /** Q.850 of the last attempt's end, 0 where the network gave none; null before it. */
  cause: number | null;
  refusedBecause: string | null;
  ratingLabel: string | null;
  transcript: string | null;
  transcriptEngine: string | null;
}

/** All visits of a campaign in the order of import; light enough to be asked twice a second for some hundred. */
export const readBoard = (pool: Pool, campaignId: string): Promise<BoardRow[]> =>
  rows<BoardRow>(pool, `select ${COLUMNS} ${OF_CAMPAIGN}`, [campaignId]);

/** The one visit of a test call's campaign; null before it is there. */
export const readOnlyVisit = (pool: Pool, campaignId: string): Promise<CloseRow | null> =>
  maybeRow<CloseRow>(pool, `select ${COLUMNS}, ${CLOSE_COLUMNS} ${OF_CAMPAIGN} limit 1`, [campaignId]);

const COLUMNS = `v.id as "visitId", v.visit_ref as "visitRef", v.status, v.not_before as "notBefore",
       a.state as attempt, coalesce(a.ringing_at is not null and a.state = 'dialing', false) as ringing,
       case when a.state = 'live' then k.flow_state ->> 'step' end as step,
       coalesce(a.state = 'live', false)
         and exists (select from recording r where r.call_id = k.id and r.state = 'recording') as recording,
       result.disposition, result.attempts, result.rating, result.story_seconds::float8 as "storySeconds",
       result.transcript_state as "transcriptState", result.callback_due as "callbackDue"`;

const CLOSE_COLUMNS = `a.cause, a.refused_because as "refusedBecause", result.rating_label as "ratingLabel",
  result.transcript, result.transcript_engine as "transcriptEngine"`;

const OF_CAMPAIGN = `from visit v
     join survey_result result on result.visit_id = v.id
     left join lateral (
       select * from attempt where visit_id = v.id order by claimed_at desc, id desc limit 1
     ) a on true
     left join call k on k.attempt_id = a.id
     where v.campaign_id = $1 order by v.id`;
