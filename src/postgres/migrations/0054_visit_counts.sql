-- How many visits of a campaign stand where, kept as they move: the lists of campaigns and the boards counted every visit,
-- a third of a second of a million. In a row for each connection that moved some, so that no call waits for another's:
-- the count is their sum, and may be less than none in one of them. They are put together by foldVisitCounts().
create table visit_count (
  campaign_id uuid not null references campaign on delete cascade,
  trust text not null,
  unit text not null default 'all',
  status text not null,
  disposition disposition not null,
  backend integer not null,                 -- of the connection (pg_backend_pid); 0: of all that were put together
  visits integer not null,
  primary key (campaign_id, trust, status, disposition, backend)
) with (fillfactor = 50);
alter table visit_count enable row level security;
create policy room on visit_count for select to hearback_room using (trust = any ((select room_trusts('coordinator'))::text[]));
grant select on visit_count to hearback_room;

-- Once a statement, however many visits it moves: a claim moves a hundred.
create function count_visits() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' then
    insert into visit_count as kept (campaign_id, trust, status, disposition, backend, visits)
    select campaign_id, trust, status, disposition, pg_backend_pid(), sum(n) from (
      select 1 as n, campaign_id, trust, status, disposition from came
      union all select -1, campaign_id, trust, status, disposition from went) moved
    group by campaign_id, trust, status, disposition having sum(n) <> 0
    on conflict (campaign_id, trust, status, disposition, backend) do update set visits = kept.visits + excluded.visits;
  elsif tg_op = 'INSERT' then
    insert into visit_count as kept (campaign_id, trust, status, disposition, backend, visits)
    select campaign_id, trust, status, disposition, pg_backend_pid(), count(*) from came
    group by campaign_id, trust, status, disposition
    on conflict (campaign_id, trust, status, disposition, backend) do update set visits = kept.visits + excluded.visits;
  else
    insert into visit_count as kept (campaign_id, trust, status, disposition, backend, visits)
    select campaign_id, trust, status, disposition, pg_backend_pid(), -count(*) from went
    group by campaign_id, trust, status, disposition
    on conflict (campaign_id, trust, status, disposition, backend) do update set visits = kept.visits + excluded.visits;
  end if;
  return null;
end
$$;
create trigger visit_count_came after insert on visit referencing new table as came
  for each statement execute function count_visits();
create trigger visit_count_moved after update on visit referencing old table as went new table as came
  for each statement execute function count_visits();
create trigger visit_count_went after delete on visit referencing old table as went
  for each statement execute function count_visits();
