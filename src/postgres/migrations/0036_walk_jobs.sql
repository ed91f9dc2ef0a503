-- Walks of the draft that somebody asked for on the page: one at a time, done by the instance that holds the lease.
create table housekeeping.walk_job (
  id bigint primary key generated always as identity,
  state text not null default 'waiting' check (state in ('waiting', 'walking', 'done', 'failed', 'stopped')),
  author_kind text not null check (author_kind in ('user', 'command', 'job')),
  author_id text not null,
  author_name text,
  asked_at timestamptz not null default clock_timestamp(),
  holder text,                              -- the instance that walks, or walked last
  lease_until timestamptz,                  -- without a sign of life by then, another may take it
  takes integer not null default 0,
  digest text,                              -- of the files that are walked (src/release/files.ts)
  walks integer not null default 0,
  done integer not null default 0,
  failed integer not null default 0,
  line text not null default '' check (length(line) <= 500),
  stop_asked_at timestamptz,
  problem text check (length(problem) <= 2000),
  ended_at timestamptz,
  under_way boolean generated always as (state in ('waiting', 'walking')) stored,
  check ((state in ('waiting', 'walking')) = (ended_at is null))
);
create unique index walk_job_one on housekeeping.walk_job (under_way) where under_way;

alter table housekeeping.walk_job enable row level security;
create policy room on housekeeping.walk_job to hearback_room
  using (cardinality((select room_trusts('telecoms'))) > 0)
  with check (cardinality((select room_trusts('telecoms'))) > 0);
grant select on housekeeping.walk_job to hearback_room;
-- Whoever looks at the page asks for a walk, or for its end; all else is the instances'.
grant insert (author_kind, author_id, author_name) on housekeeping.walk_job to hearback_room;
grant update (stop_asked_at) on housekeeping.walk_job to hearback_room;
