/**
 * The tests that stand between a due visit and a ring, as fragments of SQL for claim.ts and commit-to-ring.ts. They
 * compare the database's clock and rows with what the rules in TypeScript wrote there or pass here; they hold no rule.
 */
import type { Campaign } from "#campaign/campaign.ts";
import { longestCallHours } from "#campaign/longest-call.ts";
import { type Refusal, refusals } from "#campaign/refusals.ts";

/** What a campaign's settings say to the fragments: the first parameters of each statement that uses them. */
export const ruleValues = ({ id, settings }: Campaign): unknown[] => [
  id,
  settings.retryPolicy.maxAttempts,
  settings.numberOnceADay,
  settings.contactBudget?.surveys ?? null,
  settings.contactBudget?.days ?? null,
];
export const ruleCount = 5;

/** Staff have stopped all calls. */
export const STOPPED = "exists (select from housekeeping.dialling where stopped_at is not null)";

/**
 * SQL: whether there is such a row, to be asked of one visit at a time. Not "exists": Postgres may make a join or a hash of
 * that, over all open attempts or all calls of the day, where a plan made while they were few is kept. Measured with
 * 6,000 attempts open: 400 claims a second; this way more than ten times as many.
 */
export const thereIs = (from: string): string => `coalesce((select true from ${from} limit 1), false)`;

/**
 * SQL: a call of the staff ("Call me now") to this number is wanted or under way. Those that only wait count as well: a
 * staff call is written down before it looks for attempts, and an attempt before it looks for staff calls, so that of two
 * at one instant at least one sees the other. One that nobody ended keeps no patient waiting for ever.
 */
export const staffCallTo = (phone: string): string =>
  thereIs(`housekeeping.staff_call s where s.phone_hmac = ${phone} and s.ended_at is null
    and s.asked_at > clock_timestamp() - interval '${longestCallHours} hours'`);

/** SQL: nobody of this number, or this person, is to be called. The function is asked only where there is an opt-out. */
export const suppressedBy = (phone: string, person: string): string => `(
      ${thereIs(`opt_out o where o.phone_hmac = ${phone} and o.revoked_at is null`)}
      or ${thereIs(`opt_out o where o.person_hmac = ${person} and o.revoked_at is null`)})
      and suppressed(${phone}, ${person})`;

/** SQL: the trust does not call about this place. Where it names none at all, that is known without a look at the place. */
export const sensitiveAt = (trust: string, place: string): string =>
  `exists (select from sensitive_service where removed_at is null)
      and sensitive(${trust}, ${place}.site, ${place}.ward, ${place}.service)`;

/**
 * Why visit `v` is not to be rung at the instant `now` of the local day `day`, as a word of refusals.ts; null: it may be.
 * A promised call is asked for: the number's one call a day, its rests and the budget do not bar it.
 */
export const whyNot = (now: string, day: string): string => `case
    when v.expires_at <= ${now} then 'expired'
    when ${suppressedBy("v.phone_hmac", "v.person_hmac")} then 'suppressed'
    when ${sensitiveAt("v.trust", "v")} then 'sensitive'
    when v.tried > 0 and ${thereIs(`attempt o
      where o.visit_id = v.id and o.contact and o.disposition <> 'callback'`)} then 'already-reached'
    when v.next_reason = 'callback' then null
    when v.attempts >= $2::int then 'attempts-used-up'
    when $4::int is not null and $4 <= (${surveysOf(now)}) then 'contact-budget'
    when ${thereIs(`attempt o where o.phone_hmac = v.phone_hmac and o.number_rests_until > ${now}`)}
      then 'number-resting'
    when $3::boolean and ${thereIs(`attempt o where o.phone_hmac = v.phone_hmac and o.rang
      and o.dialed_at >= lower(${day}) and o.dialed_at < upper(${day})`)} then 'number-rang-today'
  end`;

/** Others known by the number alone may be the same person: then the number decides. */
const byNumber = (visit: string) => `${visit}.nhs_number_enc is null and ${visit}.given_name_enc is null`;

const surveysOf = (now: string) => `select count(distinct o.visit_id) from attempt o
      where o.contact and o.visit_id <> v.id and o.ended_at > ${now} - $5::float8 * interval '1 day'
        and (o.person_hmac = v.person_hmac or (o.phone_hmac = v.phone_hmac
          and ((${byNumber("v")}) or exists (select from visit w where w.id = o.visit_id and ${byNumber("w")}))))`;

/** Until when a visit is put off that may not be rung `because`; null for all other reasons. */
export const putOffUntil = (because: string, now: string, day: string): string => `case ${because}
    when 'number-rang-today' then upper(${day})
    when 'number-resting' then (select max(o.number_rests_until) from attempt o
      where o.phone_hmac = v.phone_hmac and o.number_rests_until > ${now})
  end`;

const wordsWhere = (fits: (visit: (typeof refusals)[Refusal]["visit"]) => boolean): string =>
  (Object.keys(refusals) as Refusal[])
    .filter((word) => fits(refusals[word].visit))
    .map((word) => `'${word}'`)
    .join(", ");

/** What a refused visit's row says from then on: the columns of an UPDATE of visit `v`. */
export const settled = (because: string, until: string): string => `
    status = case when ${because} in (${wordsWhere((visit) => visit !== null && visit !== "later")}) then 'done' else 'due' end,
    disposition = case when ${because} in (${wordsWhere((visit) => visit === "suppressed")}) then 'suppressed'
      when ${because} in (${wordsWhere((visit) => visit === "expired")}) then 'expired' else v.disposition end,
    not_before = coalesce(${until}, v.not_before)`;
