-- What the people of a trust see on the pages, and who of them sees what. The pages work as the database role
-- `hearback_room`, which owns nothing, and meets only the rows that are its user's to see (row-level security).

grant usage on schema public, housekeeping to hearback_room;

-- Where care is given: what rights to stories are given by. An empty word: the list did not say.
create table place (
  id integer primary key generated always as identity,
  trust text not null,
  unit text not null,
  site text not null default '',
  ward text not null default '',
  service text not null default '',
  unique (trust, unit, site, ward, service)
);

-- What a user may be, and where; null: everywhere within what stands before it.
create table housekeeping.user_grant (
  id uuid primary key default housekeeping.new_id(),
  user_id uuid not null,
  role text not null check (role in ('clinician', 'coordinator', 'telecoms', 'governance')),
  trust text not null,
  unit text,
  site text,
  ward text,
  service text,
  granted_at timestamptz not null default clock_timestamp(),
  check (role = 'clinician' or (unit is null and site is null and ward is null and service is null)),
  unique nulls not distinct (user_id, role, trust, unit, site, ward, service)
);

-- One row for each story that can be heard: all that the list shows, sorts and filters by, so that ten million are as
-- quick as ten. Kept by triggers from what it is made of; nobody writes it by hand.
create table story_card (
  story_id uuid primary key references story on delete cascade,
  visit_id uuid not null references visit,
  call_id uuid not null references call,
  campaign_id uuid not null references campaign,
  place_id integer not null references place,
  trust text not null,
  unit text not null,
  channel text not null default 'voice',
  told_at timestamptz not null,
  duration_ms integer not null,
  truncated boolean not null,
  language text,
  rating smallint,
  share_consent boolean not null,
  transcript_state text not null default 'none' check (transcript_state in ('none', 'waiting', 'done', 'no_words', 'failed')),
  first_words text,                         -- the beginning of the words, for the list
  words tsvector                            -- of the words as they now stand, corrections and all
) with (fillfactor = 80);
create index story_card_newest on story_card (trust, told_at desc, story_id desc);
create index story_card_of_place on story_card (place_id, told_at desc, story_id desc);
create index story_card_visit on story_card (visit_id);
create index story_card_call on story_card (call_id);
create index story_card_words on story_card using gin (words);

-- A place is known from the first list that names it.
create function places_of_visits() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into place (trust, unit, site, ward, service)
  select distinct trust, unit, coalesce(site, ''), coalesce(ward, ''), coalesce(service, '') from named
  except select trust, unit, site, ward, service from place
  on conflict do nothing;
  return null;
end
$$;
create trigger visit_places after insert on visit referencing new table as named
  for each statement execute function places_of_visits();

create function housekeeping.place_of(visit) returns integer language plpgsql as $$
declare
  found integer;
begin
  select id into found from place p where (p.trust, p.unit, p.site, p.ward, p.service)
    = ($1.trust, $1.unit, coalesce($1.site, ''), coalesce($1.ward, ''), coalesce($1.service, ''));
  if found is null then
    insert into place (trust, unit, site, ward, service)
    values ($1.trust, $1.unit, coalesce($1.site, ''), coalesce($1.ward, ''), coalesce($1.service, ''))
    on conflict (trust, unit, site, ward, service) do update set trust = excluded.trust
    returning id into found;
  end if;
  return found;
end
$$;

-- The words of a story as they now stand: the one place that says which those are.
create function housekeeping.words_of(story uuid) returns text language sql stable
return (select t.text from transcript t where t.story_id = story and t.current and t.state = 'done');

-- Writes the card anew; a story that is not kept, or whose sound is gone, has none.
create function housekeeping.write_card(of_story uuid) returns void language sql as $$
  delete from story_card c where c.story_id = of_story
    and not exists (select from story s where s.id = of_story and s.state = 'kept' and s.audio = 'stored');
  insert into story_card as old (story_id, visit_id, call_id, campaign_id, place_id, trust, unit, told_at, duration_ms,
    truncated, language, rating, share_consent, transcript_state, first_words, words)
  select s.id, s.visit_id, s.call_id, v.campaign_id, housekeeping.place_of(v), s.trust, s.unit, k.answered_at,
    coalesce(s.duration_ms, 0), coalesce(s.truncated, false), v.language, rated.rating,
    coalesce(k.share_consent, false), coalesce(t.state, 'none'), left(said.words, 240),
    to_tsvector('english', said.words)
  from story s
  join call k on k.id = s.call_id
  join visit v on v.id = s.visit_id
  left join lateral (
    select r.rating from call r where r.visit_id = s.visit_id and r.rating is not null
    order by r.answered_at desc, r.id desc limit 1
  ) rated on true
  left join transcript t on t.story_id = s.id and t.current
  cross join lateral (select housekeeping.words_of(s.id) as words) said
  where s.id = of_story and s.state = 'kept' and s.audio = 'stored'
  on conflict (story_id) do update set place_id = excluded.place_id, told_at = excluded.told_at,
    duration_ms = excluded.duration_ms, truncated = excluded.truncated, language = excluded.language,
    rating = excluded.rating, share_consent = excluded.share_consent, transcript_state = excluded.transcript_state,
    first_words = excluded.first_words, words = excluded.words
$$;

create function card_of_story() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform housekeeping.write_card(new.id);
  return null;
end
$$;
create trigger story_card_story after insert or update of state, audio, duration_ms, truncated on story
  for each row execute function card_of_story();

create function card_of_transcript() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform housekeeping.write_card(coalesce(new.story_id, old.story_id));
  return null;
end
$$;
create trigger story_card_transcript after insert or update or delete on transcript
  for each row execute function card_of_transcript();

create function cards_of_call() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform housekeeping.write_card(c.story_id) from story_card c where c.visit_id = new.visit_id;
  return null;
end
$$;
create trigger story_card_call after update of rating, share_consent on call for each row
  when (old.rating is distinct from new.rating or old.share_consent is distinct from new.share_consent)
  execute function cards_of_call();

create function cards_of_visit() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform housekeeping.write_card(c.story_id) from story_card c where c.visit_id = new.id;
  return null;
end
$$;
create trigger story_card_visit after update of site, ward, service, language on visit for each row
  when ((old.site, old.ward, old.service, old.language) is distinct from (new.site, new.ward, new.service, new.language))
  execute function cards_of_visit();

insert into place (trust, unit, site, ward, service)
  select distinct trust, unit, coalesce(site, ''), coalesce(ward, ''), coalesce(service, '') from visit;
select housekeeping.write_card(id) from story where state = 'kept' and audio = 'stored';

-- Whose pages these are, for the rest of the transaction, and what is theirs to see. Each list is worked out once.
create function enter_room(user_id uuid) returns void language plpgsql security definer set search_path = public as $$
begin
  perform set_config('hearback.user', enter_room.user_id::text, true);
  perform set_config('hearback.places', coalesce((
    select array_agg(distinct p.id)::text from place p join housekeeping.user_grant g on g.user_id = enter_room.user_id
      and g.role in ('clinician', 'coordinator') and g.trust = p.trust and coalesce(g.unit, p.unit) = p.unit
      and coalesce(g.site, p.site) = p.site and coalesce(g.ward, p.ward) = p.ward
      and coalesce(g.service, p.service) = p.service), '{}'), true);
  perform set_config('hearback.trusts', coalesce((
    select jsonb_object_agg(role, trusts)::text from (
      select g.role, jsonb_agg(distinct g.trust) as trusts from housekeeping.user_grant g
      where g.user_id = enter_room.user_id group by g.role) given), '{}'), true);
end
$$;
create function room_user() returns uuid language sql stable
return nullif(current_setting('hearback.user', true), '')::uuid;
-- The places whose stories are theirs to hear.
create function room_places() returns integer[] language sql stable
return coalesce(nullif(current_setting('hearback.places', true), ''), '{}')::integer[];
-- The trusts in which they are any of these.
create function room_trusts(variadic roles text[]) returns text[] language sql stable
return array(
  select distinct t.trust from jsonb_each(coalesce(nullif(current_setting('hearback.trusts', true), ''), '{}')::jsonb) as given (role, trusts)
  cross join lateral jsonb_array_elements_text(given.trusts) as t (trust) where given.role = any (roles));

alter table place enable row level security;
alter table story_card enable row level security;
alter table story enable row level security;
alter table transcript enable row level security;
alter table recording enable row level security;
alter table visit enable row level security;
alter table attempt enable row level security;
alter table call enable row level security;
alter table key_press enable row level security;
alter table callback enable row level security;
alter table campaign enable row level security;

-- "(select ...)": worked out once a statement, not once a row.
create policy room on place for select to hearback_room
  using (id = any ((select room_places())::integer[]) or trust = any ((select room_trusts('coordinator', 'governance'))::text[]));
create policy room on story_card for select to hearback_room using (place_id = any ((select room_places())::integer[]));
create policy room on story for select to hearback_room
  using (exists (select from story_card c where c.story_id = story.id));
create policy room on transcript for select to hearback_room
  using (exists (select from story_card c where c.story_id = transcript.story_id));
create policy room on recording for select to hearback_room
  using (exists (select from story_card c where c.story_id = recording.story_id));
-- What led to a story belongs to it; all else of campaigns is the coordinator's.
create policy room on visit for select to hearback_room using (trust = any ((select room_trusts('coordinator'))::text[])
  or exists (select from story_card c where c.visit_id = visit.id));
create policy room on call for select to hearback_room using (trust = any ((select room_trusts('coordinator'))::text[])
  or exists (select from story_card c where c.visit_id = call.visit_id));
create policy room on attempt for select to hearback_room using (trust = any ((select room_trusts('coordinator'))::text[])
  or exists (select from story_card c where c.visit_id = attempt.visit_id));
create policy room on key_press for select to hearback_room using (trust = any ((select room_trusts('coordinator'))::text[])
  or exists (select from story_card c where c.call_id = key_press.call_id));
create policy room on callback for select to hearback_room using (trust = any ((select room_trusts('coordinator'))::text[])
  or exists (select from story_card c where c.visit_id = callback.visit_id));
create policy room on campaign for select to hearback_room
  using (trust = any ((select room_trusts('coordinator'))::text[]) or exists (select from story_card c where c.campaign_id = campaign.id));

grant select on place, story_card, story, transcript, recording, key_press, callback, campaign to hearback_room;
-- Of the visit and its calls nothing that says who it was, or could be compared with what does.
grant select (id, attempt_id, visit_id, trust, unit, flow, flow_version, answered_at, ended_at, ended_by, disposition,
  rating, share_consent, declined, wrong_person, machine_by, machine_false_alarm, updated_at) on call to hearback_room;
grant select (id, visit_id, campaign_id, trust, unit, number, reason, again, state, owner, claimed_at, dialed_at,
  ringing_at, answered_at, ended_at, disposition, cause, sip_code, counts, refused_because, updated_at)
  on attempt to hearback_room;
grant select (id, campaign_id, trust, unit, visit_ref, visit_at, site, ward, service, language, do_not_call_reason,
  data_fault, status, disposition, not_before, next_reason, next_again, attempts, tried, created_at, updated_at)
  on visit to hearback_room;
