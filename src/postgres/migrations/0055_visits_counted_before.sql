-- Those that stood before anybody counted (0054_visit_counts.sql): all there are, less what was counted since, by one
-- statement and so as of one moment, while calls go on.
insert into visit_count as kept (campaign_id, trust, status, disposition, backend, visits)
select campaign_id, trust, status, disposition, 0, sum(visits) from (
  select campaign_id, trust, status, disposition, count(*) as visits from visit group by 1, 2, 3, 4
  union all select campaign_id, trust, status, disposition, -visits from visit_count) counted
group by 1, 2, 3, 4 having sum(visits) <> 0
on conflict (campaign_id, trust, status, disposition, backend) do update set visits = kept.visits + excluded.visits;
