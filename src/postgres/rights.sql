-- What the app's role may do, given anew after every migration, so that a new table has its rights by itself: all rows of
-- every table, but those that are written by the owner or by a function only.
do $$
declare
  read_only constant text[] := array['housekeeping.audit_entry', 'housekeeping.migration', 'housekeeping.rehearsal',
    'graphile_worker.migrations'];
  t record;
begin
  grant usage on schema public, housekeeping, graphile_worker to hearback_app;
  grant usage, select on all sequences in schema public, housekeeping, graphile_worker to hearback_app;
  for t in
    select c.oid, c.oid::regclass as name, c.relrowsecurity as guarded,
      c.relkind = 'v' or format('%s.%s', n.nspname, c.relname) = any (read_only) as read_only
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v') and n.nspname in ('public', 'housekeeping', 'graphile_worker')
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
  loop
    if t.read_only then
      execute format('revoke all on %s from hearback_app', t.name);
      execute format('grant select on %s to hearback_app', t.name);
    else
      execute format('grant select, insert, update, delete on %s to hearback_app', t.name);
    end if;
    -- Rows are kept apart for the pages' role and hidden from everybody else but the owner; the app needs them all.
    if t.guarded and not exists (select from pg_policy where polrelid = t.oid and polname = 'app') then
      execute format('create policy app on %s to hearback_app using (true) with check (true)', t.name);
    end if;
  end loop;
end
$$;
