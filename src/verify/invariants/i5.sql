-- I5: every key that was acknowledged is kept, in its order, and what it meant holds
-- (the step "question" is where the flows ask for the rating; key 9 opts out wherever it is pressed; a late key came
-- after its call had gone on without it, and answers what nobody else has)
select k.id::text as id, format('its last key has sequence %s, the call only %s', p.last, k.sequence) as what
from call k join (select call_id, max(sequence) as last from key_press where not late group by call_id) p on p.call_id = k.id
where p.last > k.sequence
union all
select call_id::text, format('key %s was pressed before the key in front of it', sequence)
from (select call_id, sequence, pressed_at,
    lag(pressed_at) over (partition by call_id order by sequence) as before from key_press where not late) p
where pressed_at < before - interval '1 second'
union all
select k.id::text, format('the last rating key is %s, the rating %s', coalesce(p.digit, 'none'), coalesce(k.rating::text, 'none'))
from call k left join lateral (
  select digit from key_press where call_id = k.id and step = 'question' and digit between '1' and '6'
  order by late, pressed_at desc, sequence desc limit 1
) p on true
where p.digit is distinct from k.rating::text
  and (p.digit is not null or exists (select from key_press where call_id = k.id and step = 'question'))
union all
select k.id::text, 'rating or consent are not those of the flow''s last state' from call k
where ((k.flow_state -> 'answers' ->> 'rating') is distinct from k.rating::text
    or (k.flow_state -> 'answers' ->> 'shareConsent') is distinct from k.share_consent::text)
  and not exists (select from key_press where call_id = k.id and late)
union all
select distinct p.call_id::text, 'key 9 was pressed, and no opt-out written' from key_press p
where p.digit = '9' and not exists (select from opt_out o where o.call_id = p.call_id)
