-- I2: a telephone number has at most one call at any time, over all campaigns and the staff's own
with tried as (
  select a.id, a.phone_hmac, a.dialed_at,
    case when a.answered_at is null
      then least(a.ended_at, a.dialed_at + make_interval(secs => coalesce((c.settings ->> 'ringSeconds')::int, 30) + 30))
      else coalesce(a.ended_at, 'infinity') end as until
  from attempt a join campaign c on c.id = a.campaign_id
  where a.dialed_at is not null and a.disposition is distinct from 'pending'
  union all
  select id, phone_hmac, dialled_at,
    case when answered_at is null then least(ended_at, dialled_at + interval '1 minute')
      else coalesce(ended_at, asked_at + interval '13 hours') end
  from housekeeping.staff_call where dialled_at is not null
)
select max(a.id::text) as id, format('%s open calls to its number', count(*)) as what
from attempt a where a.state in ('intent', 'dialing', 'live')
group by a.phone_hmac having count(*) > 1
union all
select id::text, 'dialled while another call to its number was under way'
from (select *, max(until) over (partition by phone_hmac order by dialed_at, id
    rows between unbounded preceding and 1 preceding) as busy_until from tried) t
where dialed_at < busy_until
