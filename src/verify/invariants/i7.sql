-- I7: nothing is open past its deadline, and no promise is overdue without being called broken
-- ($1 is the moment to judge by: now, or far ahead where nothing is to be under way any more)
with deadline as (
  select a.id, a.state, case a.state
    when 'intent' then a.claimed_at + interval '3 minutes'
    when 'dialing' then a.dialed_at + interval '3 minutes' + make_interval(secs => (c.settings ->> 'ringSeconds')::int)
    else a.dialed_at + interval '5 minutes' + longest.call
      -- Up to three talks with a person, each with its own time, and the call's own again behind it (longest-call.ts).
      -- A call keeps the list with which it began: where that was changed since, the longest that any may say.
      + coalesce(3 * (make_interval(mins => case when exists (select from housekeeping.audit_entry e
            where e.subject_id = c.id::text and e.action = 'campaign-transfer' and e.at > a.claimed_at - interval '1 minute') then 240
          else (select max(coalesce((t.value ->> 'talkMinutes')::int, 60))
            from jsonb_each(coalesce(c.settings -> 'transfers', '{}')) t) end) + longest.call), interval '0') end as at
  from attempt a join campaign c on c.id = a.campaign_id cross join lateral (select make_interval(secs =>
    600 + (c.settings ->> 'ringSeconds')::int + 4 * (c.settings ->> 'storyLimitSeconds')::int) as call) longest
  where a.state in ('intent', 'dialing', 'live')
)
select id::text as id, format('still "%s" past its deadline', state) as what from deadline where at < $1
union all
select k.id::text, 'the call is open, and its attempt has ended' from call k join attempt a on a.id = k.attempt_id
where k.ended_at is null and a.state in ('ended', 'refused')
union all
select s.id::text, 'its call is over, and it still waits to be kept' from story s join call k on k.id = s.call_id
where s.audio = 'waiting' and k.ended_at + interval '30 minutes' < $1
union all
select b.id::text, 'a promised call is overdue, neither kept nor broken'
from callback b join visit v on v.id = b.visit_id join campaign c on c.id = v.campaign_id
where b.state = 'promised' and v.status <> 'calling'
  and greatest(b.due, v.not_before) + interval '10 minutes' < clock_timestamp()
  and b.due + interval '10 minutes' + make_interval(mins => case when b.tries = 0 then 0
    else 20 + coalesce((c.settings -> 'callbacks' ->> 'tryAgainAfterMinutes')::numeric, 15)::int end) < clock_timestamp()
