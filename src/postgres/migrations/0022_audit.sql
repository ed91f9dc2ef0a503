-- Who did what, when, to what, and why. Rows are only ever added, through one function, and each carries the hash of the
-- one before it: none can be changed, taken out or put between without `hearback verify` seeing it.

create table housekeeping.audit_entry (
  n bigint primary key check (n >= 1),      -- without gaps, in the order of commits
  at timestamptz not null,
  who_kind text not null check (who_kind in ('user', 'token', 'command', 'job', 'link')),
  who_id text not null check (length(who_id) between 1 and 200),
  who_name text check (length(who_name) <= 200),          -- of staff or of a token, never of a patient
  action text not null check (action ~ '^[a-z][a-z-]{1,39}$'),
  subject_kind text check (subject_kind ~ '^[a-z][a-z-]{0,39}$'),
  subject_id text check (length(subject_id) between 1 and 200),
  trust text,                               -- null: of no single trust
  reason text check (length(reason) <= 1000),             -- in the words of whoever did it
  details jsonb not null check (jsonb_typeof(details) = 'object'),    -- only the fields of src/access/audit.ts
  hash bytea not null check (length(hash) = 32),
  check ((subject_kind is null) = (subject_id is null))
);
create index audit_entry_at on housekeeping.audit_entry (at);
create index audit_entry_who on housekeeping.audit_entry (who_id, n);
create index audit_entry_subject on housekeeping.audit_entry (subject_id, n) where subject_id is not null;
create index audit_entry_action on housekeeping.audit_entry (action, n);
create index audit_entry_trust on housekeeping.audit_entry (trust, n);

create function housekeeping.audit_stays() returns trigger language plpgsql as $$
begin
  raise insufficient_privilege using message = 'the audit is only ever added to';
end
$$;
create trigger audit_stays before update or delete on housekeeping.audit_entry
  for each row execute function housekeeping.audit_stays();
create trigger audit_stays_whole before truncate on housekeeping.audit_entry
  for each statement execute function housekeeping.audit_stays();

-- "LENGTH:TEXT", or "-" for null, so that no two rows are written alike (src/verify/audit-chain.ts has the same).
create function housekeeping.audit_field(value text) returns text language sql immutable
return coalesce(length(convert_to(value, 'UTF8')) || ':' || value, '-');

-- The only way in. One writer at a time, from here until its transaction ends: to be called last of all in it.
create function housekeeping.write_audit(who_kind text, who_id text, who_name text, action text, subject_kind text,
  subject_id text, trust text, reason text, details jsonb)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last_n bigint := 0;
  last_hash bytea := '';
  this_at timestamptz;
begin
  -- Another level would not see what was committed while we waited.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise invalid_transaction_state using message = 'the audit is written in "read committed" only';
  end if;
  perform pg_advisory_xact_lock(4832773229);
  select e.n, e.hash into last_n, last_hash from housekeeping.audit_entry e order by e.n desc limit 1;
  last_n := coalesce(last_n, 0) + 1;
  this_at := clock_timestamp();
  insert into housekeeping.audit_entry
  values (last_n, this_at, who_kind, who_id, who_name, action, subject_kind, subject_id, trust, reason, details,
    sha256(coalesce(last_hash, '') || convert_to(concat(
      housekeeping.audit_field(last_n::text),
      housekeeping.audit_field(to_char(this_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
      housekeeping.audit_field(who_kind), housekeeping.audit_field(who_id), housekeeping.audit_field(who_name),
      housekeeping.audit_field(action), housekeeping.audit_field(subject_kind), housekeeping.audit_field(subject_id),
      housekeeping.audit_field(trust), housekeeping.audit_field(reason), housekeeping.audit_field(details::text)
    ), 'UTF8')));
  return last_n;
end
$$;

-- By those two roles alone (roles.ts makes them), and by nobody else whom the server lets in.
revoke execute on function housekeeping.write_audit from public;
grant execute on function housekeeping.write_audit to hearback_app, hearback_room;

-- On the pages it is read by those who govern the trust. What is of no single trust they read too, unless it is of a user
-- who is nobody in a trust of theirs.
create function housekeeping.works_in(of_user text, trusts text[]) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp
return exists (select from housekeeping.user_grant g where g.user_id::text = of_user and g.trust = any (trusts));
alter table housekeeping.audit_entry enable row level security;
create policy room on housekeeping.audit_entry for select to hearback_room using (
  trust = any ((select room_trusts('governance'))::text[])
  or (trust is null and cardinality((select room_trusts('governance'))) > 0
    and (who_kind <> 'user' or housekeeping.works_in(who_id, (select room_trusts('governance'))))));
grant select on housekeeping.audit_entry to hearback_room;

-- When the oldest transaction began that is writing just now; null: none is. The app's role may not look at others'
-- sessions itself. Where the tables' owner may not either (pg_read_all_stats), none is taken to be older than a day.
create function housekeeping.writing_since() returns timestamptz language sql security definer
set search_path = pg_catalog, pg_temp as $$
  select min(coalesce(xact_start, clock_timestamp() - interval '1 day')) from pg_stat_activity
  where datname = current_database() and backend_xid is not null
$$;
