/** What must be known to replay the spool of a process that is no more. */
import type { Pool } from "pg";
import { dispositions, isSaid } from "#call/disposition.ts";
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

/** Of a call in which something was said, no ending is so. */
const saidNothing = dispositions.filter((disposition) => !isSaid(disposition));

const SOMETHING_SAID = `(k.rating is not null or k.declined or k.wrong_person
  or exists (select from answer r where r.call_id = k.id)
  or exists (select from callback b where b.call_id = k.id and b.state = 'promised')
  or exists (select from opt_out o where o.call_id = k.id and o.revoked_at is null))`;

/** Asked every second, mostly of nobody: by their ids first, for a plan for any ids would read all attempts otherwise. */
const CUT_OFF = {
  name: "cut-off-attempts",
  text: `select a.id, a.visit_id as "visitId", a.campaign_id as "campaignId", a.number, a.reason, a.again, v.language,
       a.disposition,
       v.attempts - a.counts::int as counted, greatest(v.uncounted_in_a_row - (not a.counts)::int, 0) as "uncountedInARow",
       k.flow_state as "flowState", json_build_object('rating', k.rating, 'declined', k.declined,
         'wrongPerson', k.wrong_person, 'answered', exists (select from answer r where r.call_id = k.id),
         'callbackAt', (select b.due from callback b where b.call_id = k.id and b.state = 'promised'),
         'optedOut', exists (select from opt_out o where o.call_id = k.id and o.revoked_at is null)) as said,
       k.ended_at is not null as "callEnded"
     from (select unnest($1::uuid[]) as id union
         select late.attempt_id from key_press p join call late on late.id = p.call_id where p.late) asked
       join attempt a on a.id = asked.id join visit v on v.id = a.visit_id join call k on k.attempt_id = a.id
     where a.state in ('unknown', 'ended')
       and ((a.id = any($1) and (k.ended_at is null or k.ended_by = 'fault'))
         or (k.id in (select p.call_id from key_press p where p.late) and a.disposition = any($2::disposition[])
           and ${SOMETHING_SAID}))
     order by a.claimed_at`,
};

/** These, and all whose answers came late. */
export const cutOffAttempts = (pool: Pool, attemptIds: string[]): Promise<CutOffAttempt[]> =>
  rows<CutOffAttempt>(pool, CUT_OFF, [attemptIds, saidNothing]);
