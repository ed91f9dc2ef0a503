/** What must be known to replay the spool of a process that is no more. */
import type { Pool } from "pg";
import type { CutOffAttempt } from "#campaign/ports.ts";
import { instanceLockKey } from "./instances.ts";
import { oneRow, rows } from "./rows.ts";

/**
 * Dead, or never known, or without a sign of life for longer than its lease and without its lock: one that only the
 * database's absence kept from renewing has it again with its first connection.
 */
export async function isGone(pool: Pool, owner: string): Promise<boolean> {
  const row = await oneRow<{ gone: boolean }>(
    pool,
    `select not exists (select from housekeeping.instance
       where owner = $1 and dead_at is null
         and (alive_until > clock_timestamp() or not pg_try_advisory_xact_lock(${instanceLockKey("$1")}))) as gone`,
    [owner],
  );
  return row.gone;
}

export const cutOffAttempts = (pool: Pool, attemptIds: string[]): Promise<CutOffAttempt[]> =>
  rows<CutOffAttempt>(
    pool,
    `select a.id, a.visit_id as "visitId", a.campaign_id as "campaignId", a.number, a.reason, a.again, v.language,
       a.disposition,
       v.attempts - a.counts::int as counted, greatest(v.uncounted_in_a_row - (not a.counts)::int, 0) as "uncountedInARow",
       k.flow_state as "flowState", k.ended_at is not null as "callEnded"
     from attempt a join visit v on v.id = a.visit_id join call k on k.attempt_id = a.id
     where a.id = any($1) and a.state in ('unknown', 'ended') and (k.ended_at is null or k.ended_by = 'fault')
     order by a.claimed_at`,
    [attemptIds],
  );
