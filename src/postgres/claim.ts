import type { ClaimedAttempt } from "#campaign/ports.ts";
import { type Db, rows } from "./rows.ts";

/**
 * Due visits become attempts, in one statement. Rows that another claimer holds are skipped; where two visits with one
 * telephone number meet, here or with another claimer, the unique index lets one through (inserting in order of the
 * hash, so that claimers cannot deadlock). Suppressed visits met on the way are settled here.
 * Not prepared by name: a plan kept from when the tables were empty would read them whole ever after.
 */
const CLAIM = `
  with due as (
    select housekeeping.new_id() as attempt_id, v.id, v.campaign_id, v.trust, v.unit, v.phone_hmac, v.not_before, v.next_reason,
      v.next_again, v.attempts, v.tried, v.uncounted_in_a_row, suppressed(v.phone_hmac, v.person_hmac) as suppressed
    from visit v
    where v.campaign_id = $1 and v.status = 'due' and v.not_before <= statement_timestamp()
      and exists (select from campaign c where c.id = $1 and c.status = 'running')
      and exists (select from permitted_span p where p.campaign_id = $1 and p.span @> statement_timestamp())
      and not exists (select from attempt o
        where o.phone_hmac = v.phone_hmac and o.state in ('intent', 'dialing', 'live'))
      and not exists (select from call k
        where k.phone_hmac = v.phone_hmac and k.direction = 'inbound' and k.ended_at is null)
    order by v.next_reason <> 'callback', v.not_before, v.id
    limit $2
    for no key update of v skip locked
  ),
  set_aside as (
    update visit v set status = 'done', disposition = 'suppressed' from due where v.id = due.id and due.suppressed
  ),
  claimed as (
    insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, owner, phone_hmac)
    select attempt_id, id, campaign_id, trust, unit, tried + 1, next_reason, next_again, 'intent', 'hb-' || attempt_id,
      $3, phone_hmac
    from due where not suppressed
    order by phone_hmac, next_reason <> 'callback', not_before, id
    on conflict do nothing
    returning id, visit_id
  ),
  calling as (
    update visit v set status = 'calling' from claimed where v.id = claimed.visit_id
  )
  select claimed.id, due.id as "visitId", due.campaign_id as "campaignId", due.tried + 1 as number,
    due.next_reason as reason, due.next_again as again, due.attempts as counted,
    due.uncounted_in_a_row as "uncountedInARow"
  from claimed join due on due.attempt_id = claimed.id
  order by due.next_reason <> 'callback', due.not_before, due.id`;

/** At most `limit` attempts in state "intent", promised calls first. */
export const claimDueVisits = (
  db: Db,
  campaignId: string,
  limit: number,
  owner: string,
): Promise<ClaimedAttempt[]> =>
  limit > 0 ? rows<ClaimedAttempt>(db, CLAIM, [campaignId, limit, owner]) : Promise.resolve([]);
