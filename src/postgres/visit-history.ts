import type { Campaign } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import type { AttemptRecord, VisitChange, VisitHistory } from "#campaign/visit-history.ts";
import { type Db, maybeRow, rows } from "./rows.ts";

interface Found extends Omit<VisitHistory, "changes" | "attempts" | "callbacks" | "optOuts" | "passedOver"> {
  campaign: Campaign;
}

const FIND = `
  select v.id as "visitId", v.visit_ref as "visitRef", v.status, v.disposition, v.attempts as counted,
    v.not_before as "notBefore", v.next_reason as "nextReason", v.created_at as "importedAt",
    v.do_not_call_reason as "doNotCallReason", v.data_fault as "dataFault",
    jsonb_build_object('id', c.id, 'name', c.name, 'trust', c.trust, 'unit', c.unit, 'status', c.status,
      'rehearsal', c.rehearsal, 'settings', c.settings) as campaign,
    (select d.because || ', by ' || d.stopped_by from housekeeping.dialling d where d.stopped_at is not null)
      as "stoppedBecause"
  from visit v join campaign c on c.id = v.campaign_id`;
const FIND_BY_REF = `${FIND} where v.visit_ref = $1 and ($2::text is null or c.name = $2) order by v.created_at, v.id`;
const FIND_BY_ID = `${FIND} where v.id = $1`;

const CHANGES = `select at, status, disposition, not_before as "notBefore", next_reason as "nextReason", by
  from visit_history where visit_id = $1 order by id`;

const ATTEMPTS = `
  select a.number, a.reason, a.again, a.state, a.claimed_at as "claimedAt", a.dialed_at as "dialedAt",
    a.ringing_at as "ringingAt", a.answered_at as "answeredAt", a.ended_at as "endedAt", a.disposition, a.cause,
    a.sip_code as "sipCode", a.counts, a.refused_because as "refusedBecause", a.evidence,
    case when k.id is not null then json_build_object(
      'keys', (select count(*) from key_press p where p.call_id = k.id),
      'stories', (select count(*) from story s where s.call_id = k.id and s.audio <> 'discarded'),
      'endedBy', k.ended_by, 'lastStep', k.flow_state ->> 'step') end as call
  from attempt a left join call k on k.attempt_id = a.id
  where a.visit_id = $1 order by a.claimed_at, a.id`;

const CALLBACKS = `select asked_at as "askedAt", due, state from callback where visit_id = $1 order by asked_at`;

const OPT_OUTS = `
  select o.scope, o.source, o.because, o.written_at as "writtenAt", o.revoked_at as "withdrawnAt"
  from opt_out o, visit v
  where v.id = $1 and ((o.scope = 'number' and o.phone_hmac = v.phone_hmac)
    or (o.scope = 'person' and o.person_hmac = v.person_hmac)
    or (o.scope = 'pair' and o.phone_hmac = v.phone_hmac and o.person_hmac = v.person_hmac))
  order by o.written_at`;

const PASSED_OVER = `select passed_at as at, because, until from passed_over where visit_id = $1 order by id`;

/** All that is known of the visits with this reference; one in each campaign at most. */
export async function visitHistories(
  db: Db,
  visitRef: string,
  campaign: string | null,
): Promise<VisitHistory[]> {
  const found = await rows<Found>(db, FIND_BY_REF, [visitRef, campaign]);
  return Promise.all(found.map((visit) => withAll(db, visit)));
}

/** All that is known of this one. */
export async function visitHistory(db: Db, visitId: string): Promise<VisitHistory | null> {
  const found = await maybeRow<Found>(db, FIND_BY_ID, [visitId]);
  return found && withAll(db, found);
}

async function withAll(db: Db, visit: Found): Promise<VisitHistory> {
  const of = <Row extends object>(sql: string) => rows<Row>(db, sql, [visit.visitId]);
  const { settings, name } = visit.campaign;
  return {
    ...visit,
    campaign: { ...visit.campaign, settings: parseSettings(settings, name) },
    changes: await of<VisitChange>(CHANGES),
    attempts: await of<AttemptRecord>(ATTEMPTS),
    callbacks: await of<VisitHistory["callbacks"][number]>(CALLBACKS),
    optOuts: await of<VisitHistory["optOuts"][number]>(OPT_OUTS),
    passedOver: await of<VisitHistory["passedOver"][number]>(PASSED_OVER),
  };
}
