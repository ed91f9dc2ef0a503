-- The list of stories: found by key, newest first, as fast with ten million rows as with ten; and what each user keeps
-- of their own ways to look at it.

-- Beside the indexes of 0026: what is unheard on a ward, and what waits for its words.
create index story_card_unheard_of_place on story_card (place_id, told_at desc, story_id desc) where heard_at is null;
create index story_card_transcribing on story_card (trust, told_at desc, story_id desc) where transcript_state = 'waiting';
-- A list of what waits to be put in order would be read through at every search.
alter index story_card_words set (fastupdate = off);

-- How many stories Postgres thinks have these words; it counts nothing, and takes no longer for a common word.
create function housekeeping.stories_expected(asked tsquery) returns bigint language plpgsql as $$
declare
  plan json;
begin
  execute 'explain (format json) select from story_card where words @@ $1' into plan using asked;
  return (plan -> 0 -> 'Plan' ->> 'Plan Rows')::bigint;
end
$$;

-- One page of the list: the keys of its stories, newest first. As its owner, because row-level security would keep "@@"
-- from the index, for which it takes the rights: of `places` only those count that are the user's own (room_places).
-- The page goes on from the key (from_at, from_id), which is not part of it, to older stories, or to newer ones.
--
-- A "lane" is a stretch of an index in which stories lie newest first: a place where there are few of them, else a
-- trust. What no index knows (a rating, a length, a common word) is looked for along the lanes, but never further than
-- 10,000 stories: `looked_to` then says how far this look went, and the next goes on from there. A word that few stories
-- have is looked up in the index of words, all at once.
create function find_stories(places integer[], filter jsonb, from_at timestamptz, from_id uuid, newer boolean, most integer,
  out story_ids uuid[], out looked_to timestamptz)
language plpgsql security definer set search_path = public, pg_temp set jit = off as $$
declare
  furthest constant integer := 10000;
  mine integer[] := array(select unnest(places) intersect select unnest(room_places()));
  trusts text[] := array(select distinct p.trust from place p where p.id = any (mine));
  whole boolean := cardinality(mine) = (select count(*) from place p where p.trust = any (trusts));
  state text := filter ->> 'state';
  -- Of some there are so few that one index of the trust's has them all.
  few boolean := coalesce(state in ('flagged', 'mine', 'transcribing'), false);
  by_place boolean := cardinality(mine) <= 64 and not whole and not few;
  asked tsquery := websearch_to_tsquery('english', filter ->> 'words');
  rare boolean := false;
  ratings smallint[] := (select array_agg(r::smallint) from jsonb_array_elements_text(filter -> 'ratings') r);
  least_ms integer := (filter ->> 'leastMs')::integer;
  below_ms integer := (filter ->> 'belowMs')::integer;
  consent boolean := (filter ->> 'consent')::boolean;
  since timestamptz := coalesce((filter ->> 'from')::date::timestamp at time zone 'Europe/London', '-infinity');
  until timestamptz := coalesce(((filter ->> 'to')::date + 1)::timestamp at time zone 'Europe/London', 'infinity');
  lanes text;
  lane text;
  -- Known to an index, and not.
  firm text := 'c.told_at >= $4 and c.told_at < $5';
  loose text := 'true';
  beyond text := case when newer then '>' else '<' end;
  sorted text := case when newer then 'told_at, story_id' else 'told_at desc, story_id desc' end;
begin
  -- Words that are all too common to be looked for ("the") find nothing.
  if cardinality(mine) = 0 or numnode(asked) = 0 then return; end if;
  from_at := coalesce(from_at, case when newer then '-infinity' else 'infinity' end::timestamptz);
  from_id := coalesce(from_id, case when newer then '00000000-0000-0000-0000-000000000000'
    else 'ffffffff-ffff-ffff-ffff-ffffffffffff' end::uuid);
  -- Said of the time alone once more: an index is entered there, and not at its end.
  if newer then since := greatest(since, from_at); else until := least(until, from_at + interval '1 microsecond'); end if;
  lanes := case when by_place then 'unnest($1::integer[])' else 'unnest($2::text[])' end;
  lane := case when by_place then 'c.place_id = lane' else 'c.trust = lane' end;
  firm := firm || format(' and (c.told_at, c.story_id) %s ($6, $7)', beyond) || case state
    when 'unheard' then ' and c.heard_at is null'
    when 'flagged' then ' and c.flagged_at is not null'
    when 'mine' then ' and c.assigned_to = room_user()'
    when 'transcribing' then ' and c.transcript_state = ''waiting'''
    else '' end;
  loose := loose || case when by_place or whole then '' else ' and c.place_id = any ($1)' end
    || case state when 'heard' then ' and c.heard_at is not null'
      when 'no-words' then ' and c.transcript_state in (''none'', ''no_words'', ''failed'')' else '' end
    || case when ratings is null then '' else ' and coalesce(c.rating, 0) = any ($8)' end
    || case when least_ms is null then '' else ' and c.duration_ms >= $9' end
    || case when below_ms is null then '' else ' and c.duration_ms < $10' end
    || case when consent is null then '' else ' and c.share_consent = $11' end
    || case when filter ->> 'channel' is null then '' else ' and c.channel = $12' end;
  if asked is not null then
    -- The walk passes most * rows / matches stories, the look-up reads all that match: the smaller wins.
    rare := housekeeping.stories_expected(asked) ^ 2 < most * (select greatest(reltuples, 1) from pg_class where oid = 'story_card'::regclass);
    -- "coalesce" hides it from the index of words.
    loose := loose || case when rare then '' else ' and coalesce(c.words @@ $13, false)' end;
  end if;

  if rare then
    execute format($q$
      with matching as materialized (
        select c.story_id, c.told_at from story_card c
        where c.words @@ $13 and c.place_id = any ($1) and %s and %s)
      select array_agg(story_id order by told_at desc, story_id desc) from (
        select story_id, told_at from matching order by %s limit $3) page$q$, firm, loose, sorted)
    into story_ids
    using mine, trusts, most, since, until, from_at, from_id, ratings, least_ms, below_ms, consent, filter ->> 'channel', asked;
    return;
  end if;

  if loose <> 'true' then
    execute format($q$
      select %s(furthest.told_at) from %s lane cross join lateral (
        select c.told_at from story_card c where %s and %s order by %s offset $3 limit 1) furthest$q$,
      case when newer then 'min' else 'max' end, lanes, lane, firm, sorted)
    into looked_to
    using mine, trusts, furthest / case when by_place then cardinality(mine) else cardinality(trusts) end,
      since, until, from_at, from_id;
    if looked_to is not null then
      if newer then until := looked_to; else since := looked_to; end if;
    end if;
  end if;
  execute format($q$
    select array_agg(story_id order by told_at desc, story_id desc) from (
      select found.story_id, found.told_at from %s lane cross join lateral (
        select c.story_id, c.told_at from story_card c where %s and %s and %s order by %s limit $3) found
      order by %s limit $3) page$q$, lanes, lane, firm, loose, sorted, sorted)
  into story_ids
  using mine, trusts, most, since, until, from_at, from_id, ratings, least_ms, below_ms, consent, filter ->> 'channel', asked;
end
$$;
revoke all on function find_stories from public;
grant execute on function find_stories to hearback_room;

-- How many of the user's stories nobody has heard; no more than `most` are counted.
create function unheard_stories(most integer) returns integer language plpgsql security definer
set search_path = public, pg_temp set jit = off as $$
declare
  mine integer[] := room_places();
  trusts text[] := array(select distinct p.trust from place p where p.id = any (mine));
  whole boolean := cardinality(mine) = (select count(*) from place p where p.trust = any (trusts));
begin
  return (select count(*) from (
    select from unnest(case when whole then trusts end) lane
      cross join lateral (select from story_card c where c.trust = lane and c.heard_at is null limit most) found
    union all
    select from unnest(case when not whole then mine end) lane
      cross join lateral (select from story_card c where c.place_id = lane and c.heard_at is null limit most) found
    limit most) counted);
end
$$;
revoke all on function unheard_stories from public;
grant execute on function unheard_stories to hearback_room;

-- A way to look at the list that a user wants again: their own, and nobody else's to see.
create table housekeeping.saved_filter (
  id uuid primary key default housekeeping.new_id(),
  user_id uuid not null,
  name text not null check (length(name) between 1 and 60),
  query text not null check (length(query) <= 2000),        -- as in the address of the list
  created_at timestamptz not null default clock_timestamp(),
  unique (user_id, name)
);
alter table housekeeping.saved_filter enable row level security;
create policy room on housekeeping.saved_filter to hearback_room using (user_id = (select room_user())) with check (user_id = (select room_user()));
grant select, insert (user_id, name, query), update (name, query), delete on housekeeping.saved_filter to hearback_room;
