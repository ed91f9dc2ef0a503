-- spacing: no visit is tried again sooner after an attempt than its campaign's rules say
-- (counted from the dialling, which is kinder than from its end; staff may want one sooner, and what was found out of
-- the earlier attempt only after the later one cannot have put that off)
with tried as (
  select a.id, a.visit_id, a.campaign_id, a.dialed_at, a.reason, lag(a.dialed_at) over earlier as before_at,
    lag(a.disposition::text) over earlier as before, lag(a.silent) over earlier as silent,
    lag(a.counts) over earlier as counts, lag(a.updated_at) over earlier as known_at
  from attempt a where a.dialed_at is not null and a.disposition is distinct from 'pending'
  window earlier as (partition by a.visit_id order by a.dialed_at, a.id)
)
select t.id::text as id, format('dialled %s after an attempt that ended "%s"',
  date_trunc('second', t.dialed_at - t.before_at), t.before) as what
from tried t join campaign c on c.id = t.campaign_id
cross join lateral (select (c.settings -> 'retryPolicy' -> 'afterMinutes' ->> case
    when t.silent and t.before in ('hung_up', 'no_response', 'machine', 'interrupted', 'failed') then 'silent'
    when t.before = 'failed' and not t.counts then 'congestion' else t.before end)::numeric as minutes) rule
where t.reason = 'retry' and t.known_at < t.dialed_at
  and t.dialed_at < t.before_at + rule.minutes * interval '1 minute'
  and not exists (select from visit_history h where h.visit_id = t.visit_id and h.by is not null
    and h.at between t.before_at and t.dialed_at)
