-- How long a trust keeps what, and what people asked us to show or erase of them.

create table retention (
  trust text primary key,
  unit text not null default 'all',
  -- After so many days a story goes: sound, words, and all that was made of them. Null: it stays.
  story_days integer check (story_days between 1 and 36500),
  -- After so many days a visit that is over no longer says whose it was. Null: it does.
  person_days integer check (person_days between 1 and 36500),
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null
);
alter table retention enable row level security;
create policy room on retention for select to hearback_room using (trust = any ((select room_trusts('governance'))::text[]));
grant select on retention to hearback_room;

alter table visit add column erased_at timestamptz;   -- since then it does not say whose it was
grant select (erased_at) on visit to hearback_room;
create index visit_to_forget on visit (trust, updated_at) where erased_at is null and status in ('done', 'withdrawn');

-- One person's request, found by a keyed hash; of who they are nothing else is kept.
create table person_request (
  id uuid primary key default housekeeping.new_id(),
  trust text not null,
  unit text not null default 'all',
  by_number boolean not null,
  key_hmac bytea not null,
  shown text not null check (length(shown) <= 20),      -- the last digits, for whoever made the request to know it by
  reason text not null check (length(btrim(reason)) between 3 and 1000),
  made_by uuid not null,
  made_by_name text not null,
  made_at timestamptz not null default clock_timestamp(),
  copied_at timestamptz,
  erased_at timestamptz,
  erased jsonb                               -- how much went, by kind: the proof
);
create index person_request_trust on person_request (trust, id);
alter table person_request enable row level security;
create policy room on person_request for select to hearback_room
  using (trust = any ((select room_trusts('governance'))::text[]));
grant select on person_request to hearback_room;
