-- What is live, and the last calls that ended in a step, are of the same calls as the figures beside them: by language,
-- release and hour of the answer; null: all. The functions without these stay: the pages of the version before ask by them
-- until it is stopped.

-- In which steps people are on the telephone just now.
create function flow_live(of_language text, of_release integer, of_hour integer, zone text)
returns table (flow text, step text, language text, calls integer)
language sql stable security definer set search_path = public, pg_temp as $$
  select k.flow, k.flow_state ->> 'step', k.flow_state ->> 'language', count(*)::integer
  from (
    select k.* from attempt a join call k on k.attempt_id = a.id and k.ended_at is null
    where a.state in ('dialing', 'live') and k.direction = 'outbound'
    union all
    select k.* from call k where k.direction = 'inbound' and k.ended_at is null
  ) k
  where k.trust = any ((select room_trusts('telecoms'))::text[])
    and (of_language is null or k.flow_state ->> 'language' = of_language)
    and (of_release is null or k.release = of_release)
    and (of_hour is null or extract(hour from k.answered_at at time zone zone) = of_hour)
  group by 1, 2, 3
$$;

-- The last calls that ended in a step: what a carrier would be asked about them, and nothing of who was called.
create function flow_ended_at(of_flow text, of_step text, since timestamptz, until timestamptz, of_language text,
  of_release integer, of_hour integer, zone text, most integer)
returns table (call_id uuid, answered_at timestamptz, ended_at timestamptz, left_by text, direction text, node text,
  cause integer, sip_code integer, language text, release integer)
language sql stable security definer set search_path = public, pg_temp rows 20 as $$
  select s.call_id, s.answered_at, k.ended_at, s.left_by, k.direction, coalesce(a.node, k.node), a.cause::integer,
    a.sip_code::integer, s.language, s.release
  from flow_stays(of_flow, since, until, of_language, of_release, of_hour, zone) s
  join call k on k.id = s.call_id left join attempt a on a.id = k.attempt_id
  where s.step = of_step and s.left_by in ('hang-up', 'unanswered', 'machine', 'lost', 'fault')
  order by s.answered_at desc, s.call_id limit most
$$;

revoke execute on function flow_live(text, integer, integer, text),
  flow_ended_at(text, text, timestamptz, timestamptz, text, integer, integer, text, integer) from public;
grant execute on function flow_live(text, integer, integer, text),
  flow_ended_at(text, text, timestamptz, timestamptz, text, integer, integer, text, integer) to hearback_room;
