-- hours: no telephone rang outside the hours that its campaign permitted at that moment
-- (what was dialled before these were kept has all of time for its hours)
select a.id::text as id, case when a.permitted is null then 'dialled without any hours to permit it'
  else 'dialled outside the hours that permitted it' end as what
from attempt a
where a.dialed_at is not null
  and (a.permitted is null or a.dialed_at < lower(a.permitted) or a.dialed_at > upper(a.permitted) + interval '1 second')
