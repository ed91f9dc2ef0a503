-- states: visits and their attempts agree about what is under way
select v.id::text as id, format('the visit is "%s", and a call to it under way', v.status) as what from visit v
where v.status in ('due', 'done')
  and exists (select from attempt a where a.visit_id = v.id and a.state in ('intent', 'dialing', 'live')
    and (v.status = 'due' or a.reason <> 'ring_back'))
union all
select v.id::text, 'the visit is "calling", and no call to it under way' from visit v
where v.status = 'calling'
  and not exists (select from attempt a where a.visit_id = v.id and a.state in ('intent', 'dialing', 'live'))
