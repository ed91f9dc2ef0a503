-- I1: a visit has at most one attempt under way at any time
-- (an unanswered call can ring no longer than its ring time and the margin that the dialler adds)
with tried as (
  select a.id, a.visit_id, a.dialed_at,
    case when a.answered_at is null
      then least(a.ended_at, a.dialed_at + make_interval(secs => coalesce((c.settings ->> 'ringSeconds')::int, 30) + 30))
      else coalesce(a.ended_at, 'infinity') end as until
  from attempt a join campaign c on c.id = a.campaign_id
  where a.dialed_at is not null and a.disposition is distinct from 'pending'
)
select max(a.id::text) as id, format('visit %s has %s open attempts', a.visit_id, count(*)) as what
from attempt a where a.state in ('intent', 'dialing', 'live', 'unknown')
group by a.visit_id having count(*) > 1
union all
select id::text, format('dialled while an earlier attempt at visit %s was under way', visit_id)
from (select *, max(until) over (partition by visit_id order by dialed_at, id
    rows between unbounded preceding and 1 preceding) as busy_until from tried) t
where dialed_at < busy_until
