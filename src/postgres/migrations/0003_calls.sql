-- What happened in a call: its state, its keys, and what they changed for good.

create table call (
  id uuid primary key,
  attempt_id uuid not null unique references attempt,
  visit_id uuid not null references visit,
  trust text not null,
  unit text not null,
  flow text not null,
  flow_version text not null,               -- sha256 of the flow file: a call keeps the version it began with
  answered_at timestamptz not null,
  ended_at timestamptz,
  ended_by text check (ended_by in ('us', 'them', 'fault')),
  disposition disposition,
  sequence integer not null default 0,      -- of the last step kept: a step that comes twice changes nothing
  flow_state jsonb not null,
  rating smallint check (rating between 1 and 6),
  share_consent boolean,
  declined boolean not null default false,
  wrong_person boolean not null default false,
  machine_by text check (machine_by in ('beep', 'talk')),
  machine_false_alarm boolean,              -- a key showed too late that it was a person
  updated_at timestamptz not null default clock_timestamp(),
  check ((ended_at is null) = (disposition is null) and (ended_at is null) = (ended_by is null)),
  check ((machine_by is null) = (machine_false_alarm is null))
) with (fillfactor = 70);
create trigger call_updated_at before update on call for each row execute function set_updated_at();
create index call_visit on call (visit_id);

create table key_press (
  call_id uuid not null references call,
  sequence integer not null,
  trust text not null,
  unit text not null,
  digit text not null check (digit ~ '^[0-9*#]$'),
  step text not null,
  pressed_at timestamptz not null,
  written_at timestamptz not null default clock_timestamp(),
  primary key (call_id, sequence)
);

-- Above all campaigns, and kept through any re-import: rows are revoked, never deleted.
create table opt_out (
  id uuid primary key default housekeeping.new_id(),
  trust text not null,
  unit text not null,
  scope text not null check (scope in ('number', 'person', 'pair')),
  phone_hmac bytea check ((scope = 'person') = (phone_hmac is null)),
  person_hmac bytea check ((scope = 'number') = (person_hmac is null)),
  purpose text not null default 'survey',
  channel text not null default 'voice',
  source text not null check (source in ('key', 'wrong_person', 'ring_back', 'staff', 'import')),
  call_id uuid references call,
  written_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz,
  updated_at timestamptz not null default clock_timestamp()
);
create trigger opt_out_updated_at before update on opt_out for each row execute function set_updated_at();
create index opt_out_phone on opt_out (phone_hmac) where revoked_at is null and phone_hmac is not null;
create index opt_out_person on opt_out (person_hmac) where revoked_at is null and person_hmac is not null;
create unique index opt_out_once_a_call on opt_out (call_id, scope) where revoked_at is null;

-- Whether this person at this number is not to be rung for a survey.
create function suppressed(phone bytea, person bytea) returns boolean language sql stable
return
  exists (select from opt_out o where o.revoked_at is null and o.purpose = 'survey' and o.channel = 'voice'
    and o.phone_hmac = phone and (o.scope = 'number' or o.person_hmac = person))
  or exists (select from opt_out o where o.revoked_at is null and o.purpose = 'survey' and o.channel = 'voice'
    and o.person_hmac = person and o.scope = 'person');

-- A callback is a promise: kept, broken, or withdrawn by the person.
create table callback (
  id uuid primary key default housekeeping.new_id(),
  visit_id uuid not null references visit,
  call_id uuid not null references call,    -- in which it was asked for
  trust text not null,
  unit text not null,
  asked_at timestamptz not null default clock_timestamp(),
  due timestamptz not null,
  state text not null default 'promised' check (state in ('promised', 'kept', 'broken', 'withdrawn')),
  tries smallint not null default 0,
  updated_at timestamptz not null default clock_timestamp()
);
create trigger callback_updated_at before update on callback for each row execute function set_updated_at();
create unique index callback_one_promise_a_visit on callback (visit_id) where state = 'promised';
create index callback_due on callback (due) where state = 'promised';
