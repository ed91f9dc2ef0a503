import type { Pool } from "pg";
import type { Campaign } from "#campaign/campaign.ts";
import type { ClaimedAttempt } from "#campaign/ports.ts";
import { unknownMayLastMs } from "#campaign/retry-policy.ts";
import {
  putOffUntil,
  ruleCount,
  ruleValues,
  STOPPED,
  settled,
  staffCallTo,
  thereIs,
  whyNot,
} from "./gates.ts";
import { languageOfVisit } from "./language-of-visit.ts";
import { lotOf, releaseOfVisit } from "./release-of-visit.ts";
import { oneRow } from "./rows.ts";

const now = "statement_timestamp()";
const today = "(select day from today)";
const [looked, wanted, owner] = [1, 2, 3].map((place) => `$${ruleCount + place}`);

/**
 * Due visits become attempts, in one statement. Rows that another claimer holds are skipped; where two visits with one
 * telephone number or person meet, here or with another claimer, the unique indexes let one through (inserting in order
 * of the hash, so that claimers cannot deadlock). Visits met on the way that are not to be rung are settled here.
 */
const CLAIM = {
  name: "claim",
  text: `
  with today as materialized (
    select p.day from campaign c join permitted_span p on p.campaign_id = c.id and p.span @> ${now}
    where c.id = $1 and c.status = 'running' and (c.capped_until is null or c.capped_until <= ${now}) and not ${STOPPED}
    limit 1
  ),
  -- All at once, and not for each visit: analysed while nobody was called, the indexes of open attempts look empty, and
  -- each as good as the one by number; then all open attempts would be read for each visit that is looked at.
  under_way as materialized (
    select phone_hmac, person_hmac from attempt where state in ('intent', 'dialing', 'live')
  ),
  found as (
    select v.id, v.campaign_id, v.trust, v.unit, v.site, v.ward, v.service, v.phone_hmac, v.person_hmac, v.expires_at,
      v.nhs_number_enc, v.given_name_enc, v.not_before, v.next_reason, v.next_again, v.attempts, v.tried,
      v.uncounted_in_a_row, v.language
    from visit v
    where v.campaign_id = $1 and v.status = 'due' and v.not_before <= ${now} and exists (select from today)
      and not coalesce(v.phone_hmac in (select phone_hmac from under_way), false)
      and not ${thereIs(`attempt o where o.phone_hmac = v.phone_hmac and (o.state = 'unknown') is true
        and o.dialed_at > ${now} - interval '${unknownMayLastMs} milliseconds'`)}
      and not ${thereIs(`call k
        where k.phone_hmac = v.phone_hmac and k.direction = 'inbound' and k.ended_at is null`)}
      and not ${staffCallTo("v.phone_hmac")}
      and not coalesce(v.person_hmac in (select person_hmac from under_way where person_hmac is not null), false)
    order by v.next_reason <> 'callback', v.not_before, v.id
    limit ${looked}
    for no key update of v skip locked
  ),
  -- Apart, so that it is not worked out for those that another claimer has.
  due as (
    select housekeeping.new_id() as attempt_id, v.*, ${whyNot(now, today)} as because from found v
  ),
  chosen as (
    select * from due where because is null order by next_reason <> 'callback', not_before, id limit ${wanted}
  ),
  refused as (
    select v.id, v.trust, v.unit, due.because, ${putOffUntil("due.because", now, today)} as until
    from due join visit v on v.id = due.id where due.because is not null
  ),
  set_aside as (
    update visit v set ${settled("r.because", "r.until")} from refused r where v.id = r.id
  ),
  told as (
    insert into passed_over (visit_id, trust, unit, because, until) select id, trust, unit, because, until from refused
  ),
  promises as (
    update callback b set state = 'withdrawn' from refused r where b.visit_id = r.id and b.state = 'promised'
      and r.until is null
  ),
  claimed as (
    insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, owner,
      phone_hmac, person_hmac)
    select attempt_id, id, campaign_id, trust, unit, tried + 1, next_reason, next_again, 'intent', 'hb-' || attempt_id,
      ${owner}, phone_hmac, person_hmac
    from chosen
    order by phone_hmac, next_reason <> 'callback', not_before, id
    on conflict do nothing
    returning id, visit_id
  ),
  calling as (
    update visit v set status = 'calling' from claimed where v.id = claimed.visit_id
  )
  select (select count(*)::int from refused) as "setAside", coalesce((
    select json_agg(json_build_object('id', claimed.id, 'visitId', chosen.id, 'campaignId', chosen.campaign_id,
      'number', chosen.tried + 1, 'reason', chosen.next_reason, 'again', chosen.next_again, 'language', ${languageOfVisit("chosen.id", "chosen.language")},
      'release', ${releaseOfVisit("chosen.id")}, 'lot', ${lotOf("chosen.person_hmac")},
      'counted', chosen.attempts, 'uncountedInARow', chosen.uncounted_in_a_row)
      order by chosen.next_reason <> 'callback', chosen.not_before, chosen.id)
    from claimed join chosen on chosen.attempt_id = claimed.id), '[]') as claimed`,
};

/**
 * SQL: whether anything of the campaign is due at all: asked five times a second by every instance, mostly in vain, and
 * to be asked before a claim, which reads all that is under way. The two manners of visit apart, so that each is one look at the end of the dial queue's index; "select", so that Postgres does not make it
 * "next_reason = 'callback'", which is no column of that index, and would read the whole queue (two seconds of 200,000).
 */
export const anyDue = (campaignId: string): string =>
  ["true", "false"]
    .map(
      (promised) => `exists (select from visit v where v.campaign_id = ${campaignId} and v.status = 'due'
      and (v.next_reason <> 'callback') = (select not ${promised}) and v.not_before <= ${now})`,
    )
    .join(" or ");

interface Claimed {
  setAside: number;
  claimed: ClaimedAttempt[];
}

/** Many that are not to be rung, such as those of a campaign that was paused for weeks, are settled by the hundred. */
const sweepSize = 500;
const mostSweeps = 3;

/** At most `limit` attempts in state "intent", promised calls first. */
export async function claimDueVisits(
  pool: Pool,
  campaign: Campaign,
  limit: number,
  owner: string,
): Promise<ClaimedAttempt[]> {
  if (limit <= 0) return [];
  const claimed: ClaimedAttempt[] = [];
  for (let sweep = 0; sweep <= mostSweeps; sweep += 1) {
    const wanted = limit - claimed.length;
    const looked = sweep === 0 ? limit : sweepSize;
    const found = await claim(pool, [...ruleValues(campaign), looked, wanted, owner]);
    claimed.push(...found.claimed);
    if (found.setAside === 0 || claimed.length >= limit) break;
  }
  return claimed;
}

/** One claim a transaction: the order in which one inserts says nothing about the next. */
const claim = (pool: Pool, values: unknown[]): Promise<Claimed> => oneRow<Claimed>(pool, CLAIM, values);
