import type { ClaimedAttempt } from "#campaign/ports.ts";
import { type Db, rows } from "./rows.ts";

/**
 * Due visits become attempts, in one statement. Rows that another claimer holds are skipped; where two claimers meet at
 * one telephone number, the unique index lets one through (inserting in order of the hash, so that they cannot
 * deadlock). Suppressed visits met on the way are settled here.
 */
const CLAIM = {
  name: "claim",
  text: `
  with due as (
    select v.id, v.campaign_id, v.trust, v.unit, v.phone_hmac, v.not_before, v.next_reason, v.next_again,
      v.attempts, v.tried, v.uncounted_in_a_row, suppressed(v.phone_hmac, v.person_hmac) as suppressed
    from visit v
    where v.campaign_id = $1 and v.status = 'due' and v.not_before <= statement_timestamp()
      and exists (select from campaign c where c.id = $1 and c.status = 'running')
      and exists (select from permitted_span p where p.campaign_id = $1 and p.span @> statement_timestamp())
      and not exists (select from attempt o
        where o.phone_hmac = v.phone_hmac and o.state in ('intent', 'dialing', 'live'))
      and not exists (select from attempt o where o.visit_id = v.id and o.state = 'unknown')
    order by v.next_reason <> 'callback', v.not_before, v.id
    limit $2
    for update of v skip locked
  ),
  set_aside as (
    update visit v set status = 'done', disposition = 'suppressed' from due where v.id = due.id and due.suppressed
  ),
  one_a_number as (
    select distinct on (phone_hmac) uuidv7() as attempt_id, * from due where not suppressed
    order by phone_hmac, next_reason <> 'callback', not_before, id
  ),
  claimed as (
    insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, owner, phone_hmac)
    select attempt_id, id, campaign_id, trust, unit, tried + 1, next_reason, next_again, 'intent', 'hb-' || attempt_id,
      $3, phone_hmac
    from one_a_number order by phone_hmac
    on conflict do nothing
    returning id, visit_id
  ),
  calling as (
    update visit v set status = 'calling' from claimed where v.id = claimed.visit_id
  )
  select claimed.id, n.id as "visitId", n.campaign_id as "campaignId", n.tried + 1 as number, n.next_reason as reason,
    n.next_again as again, n.attempts as counted, n.uncounted_in_a_row as "uncountedInARow"
  from claimed join one_a_number n on n.attempt_id = claimed.id
  order by n.next_reason <> 'callback', n.not_before, n.id`,
};

/** At most `limit` attempts in state "intent", promised calls first. */
export const claimDueVisits = (
  db: Db,
  campaignId: string,
  limit: number,
  owner: string,
): Promise<ClaimedAttempt[]> =>
  limit > 0 ? rows<ClaimedAttempt>(db, CLAIM, [campaignId, limit, owner]) : Promise.resolve([]);
