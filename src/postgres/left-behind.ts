/** What must be known to replay the spool of a process that is no more. */
import type { Pool } from "pg";
import type { CutOffAttempt } from "#campaign/ports.ts";
import { oneRow, rows } from "./rows.ts";

/** As takeOverAbandoned has it: dead, or without a sign of life for longer than its lease, or never known. */
export async function isGone(pool: Pool, owner: string): Promise<boolean> {
  const row = await oneRow<{ gone: boolean }>(
    pool,
    `select not exists (select from housekeeping.instance
       where owner = $1 and dead_at is null and alive_until > clock_timestamp()) as gone`,
    [owner],
  );
  return row.gone;
}

export const cutOffAttempts = (pool: Pool, attemptIds: string[]): Promise<CutOffAttempt[]> =>
  rows<CutOffAttempt>(
    pool,
    `select a.id, a.visit_id as "visitId", a.campaign_id as "campaignId", a.number, a.reason, a.again, a.disposition,
       v.attempts - a.counts::int as counted, greatest(v.uncounted_in_a_row - (not a.counts)::int, 0) as "uncountedInARow",
       k.flow_state as "flowState", k.ended_at is not null as "callEnded"
     from attempt a join visit v on v.id = a.visit_id join call k on k.attempt_id = a.id
     where a.id = any($1) and a.state in ('unknown', 'ended') and (k.ended_at is null or k.ended_by = 'fault')
     order by a.claimed_at`,
    [attemptIds],
  );
