-- What telecoms staff edit, as numbered releases that never change, and the one draft of the house. The trusts of one
-- Hearback share its Asterisks, and so these; nothing of a patient is in them.

-- Each content once, by its hash.
create table housekeeping.release_content (
  sha256 text primary key,
  bytes bytea not null check (length(bytes) <= 4194304),
  check (sha256 = encode(sha256(bytes), 'hex'))
);

create table housekeeping.release (
  number integer primary key check (number >= 1),
  state text not null check (state in ('canary', 'live', 'former', 'withdrawn')),
  share double precision not null check (share > 0 and share <= 1),      -- of new calls, while it is the canary
  digest text not null,                     -- src/release/files.ts, digestOf
  based_on integer references housekeeping.release,                       -- null: the folders
  note text not null check (length(note) between 1 and 2000),
  author_kind text not null check (author_kind in ('user', 'command', 'job')),
  author_id text not null,
  author_name text,
  published_at timestamptz not null default transaction_timestamp(),
  moved_at timestamptz not null default clock_timestamp()                -- to the state that it has
);
create unique index release_live on housekeeping.release (state) where state = 'live';
create unique index release_canary on housekeeping.release (state) where state = 'canary';

create table housekeeping.release_file (
  release integer not null references housekeeping.release,
  path text not null,
  sha256 text not null references housekeeping.release_content,
  primary key (release, path)
);

-- What was published stays as it was: files come with their release, in its transaction, and none is touched after it.
create function housekeeping.release_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if (select r.published_at from housekeeping.release r where r.number = new.release) = transaction_timestamp() then
      return new;
    end if;
  elsif tg_op = 'UPDATE' and tg_table_name = 'release' then
    if to_jsonb(new) - '{state,moved_at}'::text[] = to_jsonb(old) - '{state,moved_at}'::text[] then
      return new;
    end if;
  end if;
  raise insufficient_privilege using message = 'a release never changes: make a draft, and publish it';
end
$$;
create trigger release_stays before update or delete on housekeeping.release
  for each row execute function housekeeping.release_stays();
create trigger release_stays before insert or update or delete on housekeeping.release_file
  for each row execute function housekeeping.release_stays();
create trigger release_stays before update or delete on housekeeping.release_content
  for each row execute function housekeeping.release_stays();

-- Every instance hears of it at once.
create function housekeeping.tell_release() returns trigger language plpgsql as $$
begin
  perform pg_notify('hearback_release', new.number::text);
  return null;
end
$$;
create trigger release_told after insert or update on housekeeping.release
  for each row execute function housekeeping.tell_release();

-- What happened to a release, and why; only ever added to.
create table housekeeping.release_event (
  id bigint primary key generated always as identity,
  release integer not null references housekeeping.release,
  kind text not null check (kind in ('publish', 'approve', 'all', 'rollback', 'restore', 'refused')),
  at timestamptz not null default clock_timestamp(),
  author_kind text not null check (author_kind in ('user', 'command', 'job')),
  author_id text not null,
  author_name text,
  why text not null,
  figures jsonb
);
create index release_event_of on housekeeping.release_event (release, id);

-- Each look at a canary, once, whoever takes it.
create table housekeeping.release_look (
  release integer not null references housekeeping.release,
  look integer not null,
  at timestamptz not null default clock_timestamp(),
  figures jsonb not null,
  states text not null,
  primary key (release, look)
);

-- What went wrong with a release in a call, or on an instance that could not load it.
create table housekeeping.release_trouble (
  id bigint primary key generated always as identity,
  release integer references housekeeping.release,                        -- null: the folders
  kind text not null check (kind in ('missing-prompt', 'not-loaded')),
  subject text not null,                    -- the prompt's id and language; the instance
  at timestamptz not null default clock_timestamp()
);
create index release_trouble_of on housekeeping.release_trouble (release, kind);

create table housekeeping.release_draft (
  id uuid primary key default gen_random_uuid(),
  based_on integer references housekeeping.release,
  base jsonb,                               -- of the folders, as they were: path to hash
  begun_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  closed_as integer references housekeeping.release,                      -- null: discarded
  open boolean generated always as (closed_at is null) stored,
  check ((based_on is null) = (base is not null))
);
create unique index release_one_draft on housekeeping.release_draft (open) where open;

-- Each save of a file, in their order; those of one batch are undone together.
create table housekeeping.release_save (
  id bigint primary key generated always as identity,
  draft uuid not null references housekeeping.release_draft,
  batch uuid not null,
  path text not null,
  sha256 text references housekeeping.release_content,                    -- null: taken out
  author_kind text not null check (author_kind in ('user', 'command', 'job')),
  author_id text not null,
  author_name text,
  at timestamptz not null default clock_timestamp(),
  undone_at timestamptz
);
create index release_save_of on housekeeping.release_save (draft, id) where undone_at is null;

-- Walks on a rehearsal's Asterisk, of exactly the files with this digest.
create table housekeeping.release_walk (
  id bigint primary key generated always as identity,
  digest text not null,
  passed boolean not null,
  author_kind text not null check (author_kind in ('user', 'command', 'job')),
  author_id text not null,
  author_name text,
  at timestamptz not null default clock_timestamp(),
  report jsonb not null
);
create index release_walk_of on housekeeping.release_walk (digest, id);

-- A call keeps the release that it began with; null: the folders, before there was any.
alter table call add column release integer references housekeeping.release;
create index call_release on call (release, answered_at);

-- How the latest calls of a release went; of the folders where none is given. Counts only, so that pages without any
-- right to calls may know them. Machines are nobody.
create function housekeeping.release_arm(of_release integer, since timestamptz, most integer)
returns table (calls integer, failed integer, "hungUp" integer, unanswered integer, silent integer)
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*)::int, count(*) filter (where k.ended_by = 'fault')::int,
    count(*) filter (where k.disposition = 'hung_up')::int, count(*) filter (where k.disposition = 'no_response')::int,
    count(*) filter (where k.silent)::int
  from (
    select * from (
      (select c.ended_by, c.disposition, a.silent, c.answered_at from call c left join attempt a on a.id = c.attempt_id
        where of_release is not null and c.release = of_release and c.answered_at >= since
          and c.ended_at is not null and c.machine_by is null and (a.id is null or a.state = 'ended')
        order by c.answered_at desc limit most)
      union all
      (select c.ended_by, c.disposition, a.silent, c.answered_at from call c left join attempt a on a.id = c.attempt_id
        where of_release is null and c.release is null and c.answered_at >= since
          and c.ended_at is not null and c.machine_by is null and (a.id is null or a.state = 'ended')
        order by c.answered_at desc limit most)) both_ways
  ) k
$$;
revoke execute on function housekeeping.release_arm from public;
grant execute on function housekeeping.release_arm to hearback_app, hearback_room;

-- How many calls began with it.
create function housekeeping.release_calls(of_release integer) returns integer
language sql stable security definer set search_path = public, pg_temp
return (select count(*)::int from call c where c.release = of_release);
revoke execute on function housekeeping.release_calls from public;
grant execute on function housekeeping.release_calls to hearback_app, hearback_room;

-- On the pages: for those who work in telecoms, in whatever trust of this Hearback.
do $$
declare
  name text;
begin
  foreach name in array array['release', 'release_content', 'release_file', 'release_event', 'release_look',
    'release_trouble', 'release_draft', 'release_save', 'release_walk']
  loop
    execute format('alter table housekeeping.%I enable row level security', name);
    execute format('create policy room on housekeeping.%I to hearback_room
      using (cardinality((select room_trusts(''telecoms''))) > 0)
      with check (cardinality((select room_trusts(''telecoms''))) > 0)', name);
    execute format('grant select on housekeeping.%I to hearback_room', name);
  end loop;
end
$$;
grant insert on housekeeping.release, housekeeping.release_content, housekeeping.release_file, housekeeping.release_event,
  housekeeping.release_draft, housekeeping.release_save to hearback_room;
grant update (state, moved_at) on housekeeping.release to hearback_room;
grant update (closed_at, closed_as) on housekeeping.release_draft to hearback_room;
grant update (undone_at) on housekeeping.release_save to hearback_room;
