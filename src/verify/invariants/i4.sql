-- I4: whatever rang had been committed before it rang
-- (one who rang us was not dialled; answered_at is by the clock of the app, the others by the database's)
select a.id::text as id, format('state "%s" without a moment of dialling', a.state) as what from attempt a
where a.dialed_at is null and a.reason <> 'ring_back'
  and (a.ringing_at is not null or a.answered_at is not null or a.counts or a.state in ('dialing', 'live', 'unknown'))
union all
select a.id::text, 'dialled before it was claimed, or rang before it was dialled' from attempt a
where a.dialed_at < a.claimed_at or a.ringing_at < a.dialed_at or a.answered_at < a.dialed_at - interval '5 seconds'
  or a.ended_at < a.dialed_at
union all
select a.id::text, 'refused, and dialled all the same' from attempt a where a.state = 'refused' and a.dialed_at is not null
union all
select k.id::text, 'a call of an attempt that was never dialled, or began before' from call k join attempt a on a.id = k.attempt_id
where a.reason <> 'ring_back' and (a.dialed_at is null or k.answered_at < a.dialed_at - interval '5 seconds')
union all
select a.id::text, format('ended "%s" without a call', a.disposition)
from attempt a left join call k on k.attempt_id = a.id
where k.id is null and a.disposition in ('completed', 'partial', 'declined', 'callback', 'opted_out', 'wrong_person')
