-- Counts for the overview: of the visits that came with lists of a time, as far as they are the user's to see. These
-- run with more rights than the pages have, since who never told a story counts too; they give counts, and no rows.

-- The least id that `new_id` can have made at that moment: tables are read by time without an index of their own.
create function housekeeping.id_at(moment timestamptz) returns uuid language sql stable
return (lpad(to_hex(greatest(0, floor(extract(epoch from moment) * 1000))::bigint), 12, '0') || '70008000000000000000')::uuid;

create function overview_visits(since timestamptz, until timestamptz)
returns table (visit_id uuid, place_id integer, called boolean) language sql stable security definer
set search_path = public rows 10000 as $$
  select v.id, p.id, exists (select from attempt a where a.visit_id = v.id and a.dialed_at is not null)
  from visit v
  join place p on (p.trust, p.unit, p.site, p.ward, p.service)
    = (v.trust, v.unit, coalesce(v.site, ''), coalesce(v.ward, ''), coalesce(v.service, ''))
  where v.id >= housekeeping.id_at(since) and v.id < housekeeping.id_at(until)
    and p.id = any (room_places())
$$;

-- How far people came, by place. Each column counts people, and is part of the one before, but for `declined`.
create function overview_funnel(since timestamptz, until timestamptz)
returns table (place_id integer, eligible integer, called integer, answered integer, confirmed integer, rated integer,
  told integer, finished integer, declined integer)
language sql stable security definer set search_path = public as $$
  select m.place_id, count(*)::integer, count(*) filter (where m.called)::integer,
    count(*) filter (where k.answered)::integer, count(*) filter (where k.confirmed)::integer,
    count(*) filter (where k.rated)::integer, count(*) filter (where k.rated and k.told)::integer,
    count(*) filter (where k.finished)::integer, count(*) filter (where k.declined)::integer
  from overview_visits(since, until) m
  cross join lateral (
    select coalesce(bool_or(disposition is distinct from 'machine'), false) as answered,
      coalesce(bool_or((flow_state->>'confirmed')::boolean), false) as confirmed,
      coalesce(bool_or(rating is not null), false) as rated,
      exists (select from story s where s.visit_id = m.visit_id and s.state = 'kept' and s.audio = 'stored') as told,
      coalesce(bool_or(disposition = 'completed'), false) as finished, coalesce(bool_or(c.declined), false) as declined
    from call c where c.visit_id = m.visit_id
  ) k
  group by m.place_id
$$;

-- The rating that counts for each visit, by place, local day and hour.
create function overview_ratings(since timestamptz, until timestamptz, zone text)
returns table (place_id integer, day date, hour integer, channel text, rating integer, people integer)
language sql stable security definer set search_path = public as $$
  select m.place_id, (k.answered_at at time zone zone)::date, extract(hour from k.answered_at at time zone zone)::integer,
    'voice', k.rating::integer, count(*)::integer
  from overview_visits(since, until) m
  cross join lateral (
    select c.rating, c.answered_at from call c where c.visit_id = m.visit_id and c.rating is not null
    order by c.answered_at desc, c.id desc limit 1
  ) k
  group by 1, 2, 3, 4, 5
$$;

-- Calls by local hour: answered by somebody, and rated.
create function overview_hours(since timestamptz, until timestamptz, zone text)
returns table (hour integer, rung integer, answered integer, rated integer)
language sql stable security definer set search_path = public as $$
  select extract(hour from a.dialed_at at time zone zone)::integer, count(*)::integer,
    count(*) filter (where c.id is not null and c.disposition is distinct from 'machine')::integer,
    count(*) filter (where c.rating is not null)::integer
  from overview_visits(since, until) m
  join attempt a on a.visit_id = m.visit_id and a.dialed_at is not null
  left join call c on c.attempt_id = a.id
  group by 1
$$;

-- Where calls ended that did not come to their end.
create function overview_endings(since timestamptz, until timestamptz)
returns table (flow text, step text, calls integer)
language sql stable security definer set search_path = public as $$
  select c.flow, c.flow_state->>'step', count(*)::integer
  from overview_visits(since, until) m
  join call c on c.visit_id = m.visit_id
  where c.disposition in ('partial', 'hung_up', 'no_response', 'interrupted', 'failed')
  group by 1, 2
$$;

create function overview_promises(since timestamptz, until timestamptz)
returns table (state text, people integer) language sql stable security definer set search_path = public as $$
  select b.state, count(*)::integer
  from overview_visits(since, until) m join callback b on b.visit_id = m.visit_id
  group by 1
$$;

-- Stories that wait to be heard, whenever they were told, and how long those waited that were told in this time.
create function overview_waiting(since timestamptz, until timestamptz)
returns table (waiting integer, oldest timestamptz, heard integer, median_hours double precision)
language sql stable security definer set search_path = public as $$
  select w.waiting, w.oldest, h.heard, h.median_hours
  from (select count(*)::integer as waiting, min(told_at) as oldest from story_card
    where heard_at is null and place_id = any (room_places())) w,
  (select count(*)::integer as heard,
      percentile_cont(0.5) within group (order by extract(epoch from heard_at - told_at) / 3600) as median_hours
    from story_card where told_at >= since and told_at < until and heard_at is not null
      and place_id = any (room_places())) h
$$;

revoke execute on function overview_visits(timestamptz, timestamptz),
  overview_funnel(timestamptz, timestamptz), overview_ratings(timestamptz, timestamptz, text),
  overview_hours(timestamptz, timestamptz, text), overview_endings(timestamptz, timestamptz),
  overview_promises(timestamptz, timestamptz), overview_waiting(timestamptz, timestamptz) from public;
grant execute on function overview_funnel(timestamptz, timestamptz), overview_ratings(timestamptz, timestamptz, text),
  overview_hours(timestamptz, timestamptz, text), overview_endings(timestamptz, timestamptz),
  overview_promises(timestamptz, timestamptz), overview_waiting(timestamptz, timestamptz) to hearback_room;
