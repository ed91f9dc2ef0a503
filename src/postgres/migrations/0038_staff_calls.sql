-- "Call me now": calls of a draft, or of a release, to telephones of the staff. No patient is rung, and nothing of such a
-- call is written anywhere else: how it stands, the steps that it came to, and how it ended. The number itself is in the
-- settings only; the columns fields and files go when the call is over.
create table housekeeping.staff_call (
  id uuid primary key,
  state text not null default 'asked' check (state in ('asked', 'dialling', 'ringing', 'live', 'ended', 'refused')),
  phone_hmac bytea not null,
  shown text not null,                      -- of the number: its label, or its last digits
  place text not null,                      -- "draft", or the release's number
  digest text not null,                     -- of the files as they were when it was asked for
  files jsonb,                              -- path to hash
  flow text not null,
  language text not null,
  fields jsonb,                             -- of the visit, made up
  author_kind text not null check (author_kind in ('user', 'command', 'job')),
  author_id text not null,
  author_name text,
  asked_at timestamptz not null default clock_timestamp(),
  end_asked_at timestamptz,                 -- somebody wants it over
  owner text,                               -- the instance that makes it
  node text,
  channel_id text,
  dialled_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz,
  steps jsonb not null default '[]',        -- as it comes to them
  trail jsonb,                              -- with times and ways out, once it is over
  outcome text,                             -- a disposition; "instance-died"; why it was refused
  check ((state in ('ended', 'refused')) = (ended_at is not null)),
  check (ended_at is null or (fields is null and files is null))
);
-- One telephone has one such call at a time.
create unique index staff_call_open on housekeeping.staff_call (phone_hmac) where ended_at is null;
create index staff_call_asked on housekeeping.staff_call (asked_at);

alter table housekeeping.staff_call enable row level security;
create policy room on housekeeping.staff_call to hearback_room
  using (cardinality((select room_trusts('telecoms'))) > 0)
  with check (cardinality((select room_trusts('telecoms'))) > 0);
grant select, insert on housekeeping.staff_call to hearback_room;
grant update (end_asked_at, state, outcome, ended_at, fields, files) on housekeeping.staff_call to hearback_room;
