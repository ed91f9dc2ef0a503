-- Stories are sealed on the disk, each under a key of its own. The keys lie here, encrypted ("wrapped") with a master key
-- that is not in the database: to erase a story is to destroy its key.

-- The master keys that wrap something here; each must be at hand for as long as its row stands.
create table housekeeping.master_key (
  key_id text primary key check (length(key_id) between 1 and 200),
  proof bytea not null,                     -- something wrapped with it, by which another of its name is found out
  written_at timestamptz not null default clock_timestamp()
);

create table story_key (
  story_id uuid primary key references story,
  trust text not null,
  unit text not null,
  master_key text not null references housekeeping.master_key,
  wrapped bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create trigger story_key_updated_at before update on story_key for each row execute function set_updated_at();
create index story_key_master on story_key (master_key, story_id);
-- No policy: nobody who only reads pages sees a key, wrapped or not.
alter table story_key enable row level security;

alter table story drop constraint story_discarded_because_check;
alter table story add constraint story_discarded_because_check
  check (discarded_because in ('no-speech', 'deleted', 'missing', 'erased'));
-- Those still in plain, for `hearback recordings seal`.
create index story_plain on story (id) where audio = 'stored' and uri not like '%.sealed';

-- What is left of a story that was erased, or deleted by the patient: that it is gone, since when, by whom and why.
create table story_erasure (
  story_id uuid primary key references story,
  trust text not null,
  unit text not null,
  erased_at timestamptz not null default clock_timestamp(),
  by_kind text not null check (by_kind in ('patient', 'user', 'token', 'command', 'job')),
  by_id text not null check (length(by_id) between 1 and 200),
  by_name text check (length(by_name) <= 200),             -- of staff, never of a patient
  why text not null check (length(why) between 1 and 1000),
  gone jsonb not null check (jsonb_typeof(gone) = 'object'),          -- how many rows of what kind: no content
  file_gone_at timestamptz,                 -- null: still to be removed, and unreadable without its key
  backups_until timestamptz                 -- until when backups may still hold it; null: nobody said how long they are kept
);
insert into story_erasure (story_id, trust, unit, erased_at, by_kind, by_id, why, gone, file_gone_at)
select id, trust, unit, updated_at, 'patient', 'patient', 'by a key, in the call', '{}', updated_at from story
where discarded_because = 'deleted';
create index story_erasure_unfinished on story_erasure (erased_at) where file_gone_at is null;
alter table story_erasure enable row level security;
create policy room on story_erasure for select to hearback_room
  using (trust = any ((select room_trusts('governance'))::text[]));
grant select on story_erasure to hearback_room;
