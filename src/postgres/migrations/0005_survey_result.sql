-- The contract with the trust's own system: one row a visit. README.md documents each column.
-- What was said in an earlier call stays when a later one adds nothing to it: the rating is that of the last call that
-- got one, the story that of the last call that kept one, and the consent belongs to the story's own call.

create function rating_label(rating smallint) returns text language sql immutable
return (array['Very good', 'Good', 'Neither good nor poor', 'Poor', 'Very poor', 'Don''t know'])[rating];

create view survey_result as
select
  v.id as visit_id,
  v.visit_ref,
  c.name as campaign,
  'voice'::text as channel,
  case when v.status in ('held', 'withdrawn') then v.status else v.disposition::text end as disposition,
  v.attempts::integer as attempts,
  answered.answered_at,
  rated.rating,
  rating_label(rated.rating) as rating_label,
  told.id as story_id,
  round(told.duration_ms / 1000.0, 1) as story_seconds,
  told.uri as recording_uri,
  t.text as transcript,
  case when coming.waiting then 'waiting' when told.id is null then 'none' else coalesce(t.state, 'none') end
    as transcript_state,
  t.engine || case when t.model <> '' then ' ' || t.model else '' end || case when t.rough then ' (rough)' else '' end
    as transcript_engine,
  t.confidence as transcript_confidence,
  told.share_consent,
  promise.due as callback_due,
  greatest(v.updated_at, answered.updated_at, told.updated_at, t.updated_at, promise.updated_at) as updated_at
from visit v
join campaign c on c.id = v.campaign_id
left join lateral (
  select k.answered_at, k.updated_at from call k where k.visit_id = v.id
  order by k.answered_at desc, k.id desc limit 1
) answered on true
left join lateral (
  select k.rating from call k where k.visit_id = v.id and k.rating is not null
  order by k.answered_at desc, k.id desc limit 1
) rated on true
left join lateral (
  select s.id, s.uri, s.duration_ms, s.updated_at, coalesce(k.share_consent, false) as share_consent
  from story s join call k on k.id = s.call_id
  where s.visit_id = v.id and s.state = 'kept' and s.audio <> 'discarded'
  order by k.answered_at desc, k.id desc limit 1
) told on true
left join lateral (
  select true as waiting from story s
  where s.visit_id = v.id and s.state in ('open', 'kept') and s.audio = 'waiting' limit 1
) coming on true
left join transcript t on t.story_id = told.id
left join callback promise on promise.visit_id = v.id and promise.state = 'promised';
