-- What the rules in TypeScript write and pass, and the dial statement tests (src/postgres/gates.ts).

-- The local day in which a span lies: a number rings once in it. Spans are worked out anew whenever Hearback starts.
delete from permitted_span;
alter table permitted_span add column day tstzrange not null check (day @> span);

-- A cap of the day was reached: nothing more is claimed until then. Cleared where the spans are written anew.
alter table campaign
  add column capped_until timestamptz,
  add column capped_because text,
  add check ((capped_until is null) = (capped_because is null));

-- Written at import; 'infinity' where no import did.
alter table visit add column expires_at timestamptz not null default 'infinity';
update visit v
set expires_at = coalesce(v.visit_at, v.created_at)
  + coalesce((c.settings ->> 'expiresAfterDays')::float8, 7) * interval '1 day'
from campaign c where c.id = v.campaign_id and v.status <> 'done';

alter table attempt
  add column person_hmac bytea,
  add column rang boolean not null default false,           -- the number's call of that day is spent
  add column contact boolean not null default false,        -- somebody was reached: one survey of the person's budget
  add column silent boolean not null default false,         -- they answered, and heard nothing of us in time
  add column number_rests_until timestamptz;                -- nobody at this number is called before, but by promise
update attempt a
set person_hmac = v.person_hmac,
  rang = a.counts and coalesce(a.disposition, 'unknown') not in ('busy', 'invalid_number'),
  contact = coalesce(a.disposition, 'unknown') in
    ('completed', 'partial', 'declined', 'callback', 'opted_out', 'hung_up', 'no_response')
from visit v where v.id = a.visit_id;

-- I2 for people: one with two numbers on two lists has one call at a time as well.
create unique index attempt_one_open_a_person on attempt (person_hmac)
  where state in ('intent', 'dialing', 'live');
create index attempt_rest on attempt (phone_hmac, number_rests_until) where number_rests_until is not null;
create index attempt_contact_person on attempt (person_hmac, ended_at) where contact;
create index attempt_contact_phone on attempt (phone_hmac, ended_at) where contact;
create index attempt_dialed on attempt (dialed_at, campaign_id) where dialed_at is not null;

-- I3: no more attempts at a visit than its campaign allows, promised calls beside, and none once somebody was reached
-- and no call was promised. The dial queue keeps to it by itself; this is for whatever else may write attempts.
create function refuse_attempt_too_many() returns trigger language plpgsql as $$
begin
  if exists (select from attempt a where a.visit_id = new.visit_id and a.id <> new.id
      and a.contact and a.disposition <> 'callback') then
    raise exception 'the visit % was reached already', new.visit_id
      using errcode = 'check_violation', constraint = 'attempt_none_after_contact';
  end if;
  if new.reason <> 'callback' and
    (select count(*) from attempt a where a.visit_id = new.visit_id and a.reason <> 'callback'
       and (a.counts or a.state in ('intent', 'dialing', 'live', 'unknown')))
    > (select coalesce((c.settings -> 'retryPolicy' ->> 'maxAttempts')::integer, 3) from campaign c
       where c.id = new.campaign_id) then
    raise exception 'the visit % has had all its attempts', new.visit_id
      using errcode = 'check_violation', constraint = 'attempt_most_a_visit';
  end if;
  return null;
end
$$;
create constraint trigger attempt_too_many after insert on attempt deferrable initially deferred
  for each row when (new.reason in ('first', 'retry', 'callback')) execute function refuse_attempt_too_many();

-- Why a due visit was put off, or was done with, without an attempt; attempts carry their own reasons.
create table passed_over (
  id uuid primary key default housekeeping.new_id(),
  visit_id uuid not null references visit,
  trust text not null,
  unit text not null,
  passed_at timestamptz not null default clock_timestamp(),
  because text not null,                    -- a word of src/campaign/refusals.ts
  until timestamptz                         -- null: for good
);
create index passed_over_visit on passed_over (visit_id);

-- Services about which the trust does not ring, because the question would wound. Each part is a pattern for LIKE, in
-- small letters; one left out fits all. Rows are removed by a mark, so that what was true then can still be told.
create table sensitive_service (
  id uuid primary key default housekeeping.new_id(),
  trust text not null,
  unit text not null,
  site text,
  ward text,
  service text,
  reason text not null check (reason <> ''),
  added_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  check (coalesce(site, ward, service) is not null)
);
create index sensitive_service_standing on sensitive_service (trust) where removed_at is null;

create function sensitive(of_trust text, of_site text, of_ward text, of_service text) returns boolean
language sql stable
return exists (select from sensitive_service s where s.removed_at is null and s.trust = of_trust
  and (s.site is null or lower(btrim(of_site)) like s.site)
  and (s.ward is null or lower(btrim(of_ward)) like s.ward)
  and (s.service is null or lower(btrim(of_service)) like s.service));

-- The switch that stops everything: one row, or none; dialling goes on unless it says when it was stopped.
create table housekeeping.dialling (
  switch boolean primary key default true check (switch),  -- there is but one
  stopped_at timestamptz,
  stopped_by text,
  because text,
  resumed_at timestamptz,
  resumed_by text,
  check ((stopped_at is null) = (stopped_by is null) and (stopped_at is null) = (because is null))
);
