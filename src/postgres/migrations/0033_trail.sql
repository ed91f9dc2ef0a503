-- The trail of a call: each step that it came to, since when and until when, and by which way it was left. Written in
-- one go with the call's end (src/call/trail.ts); until now each step was a trigger's row of its own, on the way of
-- every key. Nothing in it says who was called.

drop trigger call_step_begun on call;
drop trigger call_step_next on call;
drop function note_call_step();

alter table call_step
  add column language text,                 -- what was spoken there; null: nobody said
  add column release integer,               -- of flows and prompts, by which the call was held; null: of before releases
  add column answered_at timestamptz,       -- of the call: tells period and hour without it
  add column entered_ms integer,            -- after the answer; null: not known
  add column left_ms integer,
  add column left_by text;                  -- a way out (src/flow/edges.ts), or how the call ended; null: not known

update call_step s set answered_at = k.answered_at,
  entered_ms = greatest(0, extract(epoch from s.at - k.answered_at) * 1000)::integer
from call k where k.id = s.call_id;
update call_step s set left_ms = n.left_ms
from (select call_id, sequence, lead(entered_ms) over (partition by call_id order by sequence) as left_ms from call_step) n
where n.call_id = s.call_id and n.sequence = s.sequence;

alter table call_step
  drop column at,
  alter column answered_at set not null,
  add check (entered_ms >= 0 and left_ms >= 0);
-- Figures are of one flow and a time; and those of one step name the last calls that ended there.
create index call_step_flow on call_step (flow, answered_at);

-- What is known of a call's way where nobody who held it tells: of its keys before the sequence `before`, the last in each
-- step; and, where nothing else is known, the step in which it stands.
create function pieced_trail(of_call uuid, before integer)
returns table (sequence integer, flow text, step text, language text, entered_ms integer, left_ms integer, left_by text)
language sql stable rows 5 as $$
  select p.sequence, k.flow, p.step, k.flow_state ->> 'language', null::integer,
    greatest(0, extract(epoch from p.pressed_at - k.answered_at) * 1000)::integer, 'key ' || p.digit
  from (select kp.*, lead(kp.step) over (order by kp.sequence, kp.pressed_at) is not distinct from kp.step as again
    from key_press kp where kp.call_id = of_call and kp.sequence < before and not kp.late) p
  join call k on k.id = p.call_id where not p.again
  union all
  select k.sequence + 1, k.flow, k.flow_state ->> 'step', k.flow_state ->> 'language', null::integer, null::integer, null
  from call k where k.id = of_call and before > k.sequence + 1 and k.flow_state ->> 'step' is not null
$$;

-- Telecoms staff see how the flows of their trusts fare: counts, and no rows, since a way out is an answer.
create function flow_stays(of_flow text, since timestamptz, until timestamptz, of_language text, of_release integer,
  of_hour integer, zone text)
returns setof call_step language sql stable rows 100000 as $$
  select s.* from call_step s
  where s.flow = of_flow and s.answered_at >= since and s.answered_at < until
    and s.trust = any ((select room_trusts('telecoms'))::text[])
    and (of_language is null or s.language = of_language) and (of_release is null or s.release = of_release)
    and (of_hour is null or extract(hour from s.answered_at at time zone zone) = of_hour)
$$;

-- Of each step: calls that came to it, calls that it lost, calls that broke off there by no wish of theirs, and half of the
-- stays were no longer than `median_ms`.
create function flow_figures(of_flow text, since timestamptz, until timestamptz, of_language text, of_release integer,
  of_hour integer, zone text)
returns table (step text, calls integer, hung_up integer, unanswered integer, broke_off integer, median_ms integer)
language sql stable security definer set search_path = public as $$
  select s.step, count(distinct s.call_id)::integer, count(*) filter (where s.left_by = 'hang-up')::integer,
    count(*) filter (where s.left_by = 'unanswered')::integer,
    count(*) filter (where s.left_by in ('lost', 'fault') or s.left_by is null)::integer,
    (percentile_disc(0.5) within group (order by s.left_ms - s.entered_ms))::integer
  from flow_stays(of_flow, since, until, of_language, of_release, of_hour, zone) s group by s.step
$$;

-- By which way each step was left, how often.
create function flow_ways(of_flow text, since timestamptz, until timestamptz, of_language text, of_release integer,
  of_hour integer, zone text)
returns table (step text, left_by text, times integer)
language sql stable security definer set search_path = public as $$
  select s.step, s.left_by, count(*)::integer
  from flow_stays(of_flow, since, until, of_language, of_release, of_hour, zone) s
  where s.left_by is not null group by s.step, s.left_by
$$;

-- By which the figures can be filtered: what there is of it in this time.
create function flow_filters(of_flow text, since timestamptz, until timestamptz)
returns table (languages text[], releases integer[], calls integer)
language sql stable security definer set search_path = public as $$
  select array_agg(distinct s.language) filter (where s.language is not null),
    array_agg(distinct s.release) filter (where s.release is not null), count(distinct s.call_id)::integer
  from flow_stays(of_flow, since, until, null, null, null, 'UTC') s
$$;

-- In which steps people are on the telephone just now.
create function flow_live()
returns table (flow text, step text, language text, calls integer)
language sql stable security definer set search_path = public as $$
  select k.flow, k.flow_state ->> 'step', k.flow_state ->> 'language', count(*)::integer
  from (
    select k.* from attempt a join call k on k.attempt_id = a.id and k.ended_at is null
    where a.state in ('dialing', 'live') and k.direction = 'outbound'
    union all
    select k.* from call k where k.direction = 'inbound' and k.ended_at is null
  ) k
  where k.trust = any ((select room_trusts('telecoms'))::text[])
  group by 1, 2, 3
$$;

-- The last calls that ended in a step: what a carrier would be asked about them, and nothing of who was called.
create function flow_ended_at(of_flow text, of_step text, since timestamptz, until timestamptz, most integer)
returns table (call_id uuid, answered_at timestamptz, ended_at timestamptz, left_by text, direction text, node text,
  cause integer, sip_code integer, language text, release integer)
language sql stable security definer set search_path = public rows 20 as $$
  select s.call_id, s.answered_at, k.ended_at, s.left_by, k.direction, coalesce(a.node, k.node), a.cause::integer,
    a.sip_code::integer, s.language, s.release
  from call_step s join call k on k.id = s.call_id left join attempt a on a.id = k.attempt_id
  where s.flow = of_flow and s.step = of_step and s.answered_at >= since and s.answered_at < until
    and s.left_by in ('hang-up', 'unanswered', 'machine', 'lost', 'fault')
    and s.trust = any ((select room_trusts('telecoms'))::text[])
  order by s.answered_at desc, s.call_id limit most
$$;

-- Two releases beside each other, as long as both were in use: people by their first answered call of that time, and
-- those who came to the end in it. Machines are nobody.
create function flow_completion(of_flow text, first_release integer, second_release integer)
returns table (release integer, calls integer, completed integer, since timestamptz, until timestamptz)
language sql stable security definer set search_path = public as $$
  with both_of as (
    select c.release, c.visit_id, c.answered_at, c.disposition = 'completed' as completed
    from call c where c.release in (first_release, second_release) and c.flow = of_flow and c.ended_at is not null
      and c.machine_by is null and c.visit_id is not null and c.trust = any ((select room_trusts('telecoms'))::text[])
  ), bounds as (
    select max(b.first_at) as since, min(b.last_at) as until
    from (select min(answered_at) as first_at, max(answered_at) as last_at from both_of group by both_of.release) b
    having count(*) = 2
  ), people as (
    select distinct on (b.visit_id) b.release, b.completed from both_of b, bounds
    where b.answered_at between bounds.since and bounds.until order by b.visit_id, b.answered_at
  )
  select p.release, count(*)::integer, count(*) filter (where p.completed)::integer, bounds.since, bounds.until
  from people p, bounds group by p.release, bounds.since, bounds.until
$$;

revoke execute on function flow_stays(text, timestamptz, timestamptz, text, integer, integer, text),
  flow_figures(text, timestamptz, timestamptz, text, integer, integer, text),
  flow_ways(text, timestamptz, timestamptz, text, integer, integer, text),
  flow_filters(text, timestamptz, timestamptz), flow_live(),
  flow_ended_at(text, text, timestamptz, timestamptz, integer), flow_completion(text, integer, integer) from public;
grant execute on function flow_figures(text, timestamptz, timestamptz, text, integer, integer, text),
  flow_ways(text, timestamptz, timestamptz, text, integer, integer, text),
  flow_filters(text, timestamptz, timestamptz), flow_live(),
  flow_ended_at(text, text, timestamptz, timestamptz, integer), flow_completion(text, integer, integer) to hearback_room;
