-- Campaigns, and the visits that people are to be asked about.
-- Every table of this schema carries trust and unit; what belongs to no trust lies in the schema "housekeeping".

create schema if not exists housekeeping;

-- A UUID of version 7, as Postgres itself makes them only from 18 on (uuidv7): ids made later sort later, and those of
-- one session strictly so, also within a microsecond and where the clock is set back. Many tables are read in that order.
create function housekeeping.new_id() returns uuid language plpgsql volatile parallel unsafe as $$
declare
  -- In 4096ths of a millisecond, of which 60 bits fit in front (RFC 9562, 6.2, method 3).
  tick bigint := floor(extract(epoch from clock_timestamp()) * 4096000);
  last bigint := nullif(current_setting('hearback.last_id', true), '');
begin
  if tick <= last then tick := last + 1; end if;
  perform set_config('hearback.last_id', tick::text, false);
  return lpad(to_hex(tick >> 12), 12, '0') || '7' || lpad(to_hex(tick & 4095), 3, '0') || right(gen_random_uuid()::text, 17);
end
$$;

-- One row for each running copy of the application. A copy that lets its lease lapse is declared dead by another,
-- which takes over its calls; a dead one never comes back to life under the same name.
create table housekeeping.instance (
  owner text primary key,
  started_at timestamptz not null default clock_timestamp(),
  alive_until timestamptz not null,
  dead_at timestamptz
);

create function set_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end
$$;

-- The same words as src/call/disposition.ts; a test compares them.
create domain disposition as text check (value in (
  'pending', 'completed', 'partial', 'declined', 'callback', 'opted_out', 'wrong_person', 'no_response', 'hung_up',
  'no_answer', 'busy', 'machine', 'invalid_number', 'congestion', 'interrupted', 'failed', 'suppressed', 'withdrawn',
  'held', 'expired', 'unknown'
));

create table campaign (
  id uuid primary key default housekeeping.new_id(),
  name text not null unique check (name <> ''),
  trust text not null,
  unit text not null,
  status text not null default 'draft' check (status in ('draft', 'running', 'paused', 'stopped')),
  rehearsal boolean not null default false,
  settings jsonb not null,                  -- CampaignSettings, src/campaign/campaign.ts; checked whenever it is read
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create trigger campaign_updated_at before update on campaign for each row execute function set_updated_at();

-- When a campaign's telephones may ring, as the rules in TypeScript worked it out for the coming days.
-- Dialling tests the database's clock against it; no rule is written a second time here.
create table permitted_span (
  campaign_id uuid not null references campaign,
  trust text not null,
  unit text not null,
  span tstzrange not null check (not isempty(span)),
  primary key (campaign_id, span)
);

create table visit (
  id uuid primary key default housekeeping.new_id(),
  campaign_id uuid not null references campaign,
  trust text not null,
  unit text not null,
  visit_ref text not null,                  -- the trust's own reference
  content_hmac bytea not null,              -- of the whole row as imported: "the same file twice changes nothing"
  phone_enc bytea not null,
  phone_hmac bytea not null,
  person_hmac bytea not null,               -- NHS number, else number with given name, else number
  given_name_enc bytea,
  nhs_number_enc bytea,
  extra_enc bytea,                          -- columns kept by name, as JSON
  visit_at timestamptz,
  site text,
  ward text,
  service text,
  language text,
  do_not_call_reason text,
  data_fault text check (data_fault in ('wrong_person')),   -- for the trust to correct in its own system
  status text not null default 'due' check (status in ('due', 'calling', 'done', 'held', 'withdrawn')),
  disposition disposition not null default 'pending',
  not_before timestamptz not null default clock_timestamp(),
  next_reason text not null default 'first' check (next_reason in ('first', 'retry', 'callback')),
  next_again boolean not null default false,                -- the one repeat of a promised call
  attempts smallint not null default 0 check (attempts >= 0),            -- those that counted: it rang, or may have
  tried smallint not null default 0 check (tried >= attempts),           -- those that were dialled
  uncounted_in_a_row smallint not null default 0 check (uncounted_in_a_row >= 0),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (campaign_id, visit_ref),
  check (status <> 'done' or disposition <> 'pending'),
  check (do_not_call_reason is null or status not in ('due', 'calling'))
) with (fillfactor = 70);
create trigger visit_updated_at before update on visit for each row execute function set_updated_at();

-- The dial queue: promised calls first, then whoever has waited longest.
create index visit_due on visit (campaign_id, (next_reason <> 'callback'), not_before, id) where status = 'due';
create index visit_phone on visit (phone_hmac);
create index visit_person on visit (person_hmac);
