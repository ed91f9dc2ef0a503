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
