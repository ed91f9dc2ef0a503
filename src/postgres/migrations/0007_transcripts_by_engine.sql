-- One transcript for each engine and model that heard a story. One of a story's is current, and survey_result shows it.
-- A row that waits has an engine only where the story is to be heard again by that one.

alter table transcript drop constraint transcript_pkey;
alter table transcript drop constraint transcript_check1;   -- a row that waits had no engine
alter table transcript
  add column id uuid primary key default housekeeping.new_id(),
  add column current boolean not null default true,
  add column held_because text,               -- the engine's trouble for which it waits, e.g. speech_quota
  add column blamed smallint not null default 0,  -- how often an engine that answers others failed over this story
  add constraint transcript_engine_known check (state = 'waiting' or engine is not null);

create unique index transcript_current on transcript (story_id) where current;
create unique index transcript_once_an_engine on transcript (story_id, engine, model) where state <> 'waiting';
create unique index transcript_once_asked on transcript (story_id, coalesce(engine, '')) where state = 'waiting';
create index transcript_waiting on transcript (created_at) where state in ('waiting', 'failed');

create or replace view survey_result as
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
left join transcript t on t.story_id = told.id and t.current
left join callback promise on promise.visit_id = v.id and promise.state = 'promised';
