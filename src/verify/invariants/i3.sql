-- I3: no visit is tried more often than its campaign allows, and nobody who was reached is rung again unasked
-- (a promised call has at most two tries of its own, beside those of the policy)
with counted as (
  select visit_id, count(*) filter (where counts) as all_counted,
    count(*) filter (where counts and reason <> 'callback') as unasked,
    count(*) filter (where counts and reason = 'callback') as asked
  from attempt group by visit_id
)
select v.id::text as id, format('counts %s attempts, and has %s', v.attempts, coalesce(n.all_counted, 0)) as what
from visit v left join counted n on n.visit_id = v.id where v.attempts <> coalesce(n.all_counted, 0)
union all
select v.id::text, format('tried %s times unasked', n.unasked)
from counted n join visit v on v.id = n.visit_id join campaign c on c.id = v.campaign_id
where n.unasked > coalesce((c.settings -> 'retryPolicy' ->> 'maxAttempts')::int, 3)
union all
select n.visit_id::text, format('rung %s times for its promised calls', n.asked)
from counted n where n.asked > 0 and n.asked > 2 * (select count(*) from callback b where b.visit_id = n.visit_id)
union all
select id::text, format('dialled though an earlier attempt ended "%s"', reached)
from (select id, dialed_at, reason,
    max(disposition::text) filter (where counts and not silent and disposition in
      ('completed', 'partial', 'declined', 'opted_out', 'wrong_person', 'hung_up'))
      over (partition by visit_id order by number rows between unbounded preceding and 1 preceding) as reached
  from attempt where dialed_at is not null and disposition is distinct from 'pending') t
where reached is not null and reason <> 'callback'
