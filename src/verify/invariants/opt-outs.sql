-- opt-outs: nobody is rung after they asked not to be
-- (two seconds for one that is written while a call to the same person is just being committed)
select a.id::text as id, format('dialled after the opt-out %s', o.id) as what
from opt_out o join attempt a on a.phone_hmac = o.phone_hmac join visit v on v.id = a.visit_id
where o.scope in ('number', 'pair') and (o.scope = 'number' or v.person_hmac = o.person_hmac)
  and o.purpose = 'survey' and o.channel = 'voice' and a.disposition is distinct from 'pending'
  and a.dialed_at > o.written_at + interval '2 seconds' and a.dialed_at < coalesce(o.revoked_at, 'infinity')
union all
select a.id::text, format('dialled after the opt-out %s', o.id)
from opt_out o join visit v on v.person_hmac = o.person_hmac join attempt a on a.visit_id = v.id
where o.scope = 'person' and o.purpose = 'survey' and o.channel = 'voice' and a.disposition is distinct from 'pending'
  and a.dialed_at > o.written_at + interval '2 seconds' and a.dialed_at < coalesce(o.revoked_at, 'infinity')
