-- What people do with stories: hear, correct, note, label, assign, clip and flag them. Every row belongs to a story, is
-- seen by whoever may hear that story, and goes with it (src/postgres/erase-story.ts).

-- How far the work on a story is; no row: nobody has done anything yet.
create table story_work (
  story_id uuid primary key references story,
  trust text not null,
  unit text not null,
  heard_at timestamptz,
  heard_by uuid,
  heard_by_name text,
  assigned_to uuid,
  assigned_to_name text,
  assigned_at timestamptz,
  assigned_by_name text,
  check ((heard_at is null) = (heard_by is null) and (heard_at is null) = (heard_by_name is null)),
  check ((assigned_to is null) = (assigned_at is null) and (assigned_to is null) = (assigned_to_name is null))
);

create table story_note (
  id uuid primary key default housekeeping.new_id(),
  story_id uuid not null references story,
  trust text not null,
  unit text not null,
  text text not null check (length(text) between 1 and 4000),
  by_user uuid not null,
  by_name text not null,
  at timestamptz not null default clock_timestamp()
);
create index story_note_story on story_note (story_id, id);

create table story_label (
  story_id uuid not null references story,
  trust text not null,
  unit text not null,
  label text not null check (length(label) between 1 and 40 and label = lower(btrim(label))),
  by_user uuid not null,
  by_name text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (story_id, label)
);

-- The words as people have mended them: only ever added to. What the engine heard stays in transcript.
create table story_correction (
  story_id uuid not null references story,
  version integer not null check (version >= 1),
  trust text not null,
  unit text not null,
  text text check (length(text) <= 100000), -- null: the engine's words stand again
  back_to integer check (back_to >= 0 and back_to < version),         -- an undo: to this version; 0: what the engine heard
  by_user uuid not null,
  by_name text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (story_id, version),
  check (text is not null or back_to = 0)
);

create table story_clip (
  id uuid primary key default housekeeping.new_id(),
  story_id uuid not null references story,
  trust text not null,
  unit text not null,
  name text not null check (length(name) between 1 and 100),
  from_ms integer not null check (from_ms >= 0),
  to_ms integer not null,
  by_user uuid not null,
  by_name text not null,
  at timestamptz not null default clock_timestamp(),
  check (to_ms > from_ms)
);
create index story_clip_story on story_clip (story_id, from_ms);

-- The outline of the sound, as the page draws it: twenty a second, each the loudest sample of its 50 ms (0 to 255).
create table story_peaks (
  story_id uuid primary key references story,
  trust text not null,
  unit text not null,
  levels bytea not null
);

-- A story that somebody must act on, with a clock. `closed_because`, and what was done, or it does not leave.
create table urgent_flag (
  id uuid primary key default housekeeping.new_id(),
  story_id uuid not null references story,
  trust text not null,
  unit text not null,
  reason text not null check (length(btrim(reason)) between 3 and 1000),
  flagged_at timestamptz not null default clock_timestamp(),
  flagged_by uuid,                          -- null: a rule
  flagged_by_name text not null,
  owner uuid,
  owner_name text,
  owned_at timestamptz,
  closed_at timestamptz,
  closed_by uuid,
  closed_by_name text,
  closed_because text check (closed_because in ('acted', 'passed_on', 'nothing_needed', 'mistake')),
  done text check (length(btrim(done)) between 3 and 2000),
  check ((owner is null) = (owner_name is null) and (owner is null) = (owned_at is null)),
  check ((closed_at is null) = (closed_because is null) and (closed_at is null) = (closed_by is null)
    and (closed_at is null) = (closed_by_name is null) and (closed_at is null) = (done is null))
);
create unique index urgent_flag_open on urgent_flag (story_id) where closed_at is null;
create index urgent_flag_waiting on urgent_flag (trust, flagged_at) where closed_at is null;
create index urgent_flag_nobodys on urgent_flag (flagged_at) where closed_at is null and owner is null;
create index urgent_flag_closed on urgent_flag (trust, closed_at desc) where closed_at is not null;
create index urgent_flag_story on urgent_flag (story_id);

-- What happened to a flag, in order.
create table urgent_step (
  id uuid primary key default housekeeping.new_id(),
  flag_id uuid not null references urgent_flag,
  story_id uuid not null references story,
  trust text not null,
  unit text not null,
  kind text not null check (kind in ('flagged', 'taken', 'handed_over', 'given_back', 'closed')),
  text text check (length(text) <= 2000),   -- the reason, where one was asked for
  to_name text,                             -- to whom it was handed over
  by_user uuid,
  by_name text not null,
  at timestamptz not null default clock_timestamp()
);
create index urgent_step_flag on urgent_step (flag_id, id);
create index urgent_step_story on urgent_step (story_id);

-- By which one session hears one story, for a while. `glass`: by somebody who has no right to stories, for a reason.
create table listening_grant (
  id uuid primary key default gen_random_uuid(),
  story_id uuid not null references story,
  trust text not null,
  unit text not null,
  kind text not null check (kind in ('room', 'glass')),
  user_id uuid not null,
  session_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  begun_at timestamptz                      -- when its first byte was asked for: that is the listen in the audit
);
create index listening_grant_of on listening_grant (user_id, made_at);
create index listening_grant_story on listening_grant (story_id);
create index listening_grant_expires on listening_grant (expires_at);

-- What the list shows and filters by lies in the card, so that it needs no other table.
alter table story_card
  add column heard_at timestamptz,          -- by anybody of the trust
  add column flagged_at timestamptz,        -- while the flag is open
  add column assigned_to uuid,
  add column labels text[] not null default '{}',
  add column notes integer not null default 0;
create index story_card_unheard on story_card (trust, told_at desc, story_id desc) where heard_at is null;
create index story_card_flagged on story_card (trust, told_at desc, story_id desc) where flagged_at is not null;
create index story_card_assigned on story_card (assigned_to, told_at desc, story_id desc) where assigned_to is not null;
create index story_card_labels on story_card using gin (labels);

create function housekeeping.write_work(of_story uuid) returns void language sql as $$
  update story_card c set heard_at = n.heard_at, flagged_at = n.flagged_at, assigned_to = n.assigned_to,
    labels = n.labels, notes = n.notes
  from (select
      (select w.heard_at from story_work w where w.story_id = of_story) as heard_at,
      (select w.assigned_to from story_work w where w.story_id = of_story) as assigned_to,
      (select f.flagged_at from urgent_flag f where f.story_id = of_story and f.closed_at is null) as flagged_at,
      array(select l.label from story_label l where l.story_id = of_story order by l.label) as labels,
      (select count(*)::integer from story_note t where t.story_id = of_story) as notes) n
  where c.story_id = of_story and (c.heard_at, c.flagged_at, c.assigned_to, c.labels, c.notes)
    is distinct from (n.heard_at, n.flagged_at, n.assigned_to, n.labels, n.notes)
$$;

create function card_of_work() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform housekeeping.write_work(coalesce(new.story_id, old.story_id));
  return null;
end
$$;
create trigger card_of_work after insert or update or delete on story_work for each row execute function card_of_work();
create trigger card_of_work after insert or delete on story_note for each row execute function card_of_work();
create trigger card_of_work after insert or delete on story_label for each row execute function card_of_work();
create trigger card_of_work after insert or update or delete on urgent_flag for each row execute function card_of_work();
-- A card that was away (its sound was missing) and comes back knows what was done before.
create trigger card_of_work after insert on story_card for each row execute function card_of_work();

create or replace function housekeeping.words_of(story uuid) returns text language sql stable
return coalesce(
  (select c.text from story_correction c where c.story_id = story order by c.version desc limit 1),
  (select t.text from transcript t where t.story_id = story and t.current and t.state = 'done'));
create trigger story_card_correction after insert or delete on story_correction
  for each row execute function card_of_transcript();

-- Labels that a trust uses, most used first, to be offered.
create table story_label_used (
  trust text not null,
  unit text not null default 'all',
  label text not null,
  stories integer not null,
  primary key (trust, label)
);
create function labels_used() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    insert into story_label_used (trust, label, stories) values (new.trust, new.label, 1)
    on conflict (trust, label) do update set stories = story_label_used.stories + 1;
  else
    update story_label_used u set stories = u.stories - 1 where u.trust = old.trust and u.label = old.label;
    delete from story_label_used u where u.trust = old.trust and u.label = old.label and u.stories <= 0;
  end if;
  return null;
end
$$;
create trigger labels_used after insert or delete on story_label for each row execute function labels_used();

-- Who may hear a story, to be asked to. Only for whoever may hear it themselves.
create function colleagues_for(story uuid) returns table (user_id uuid, name text)
language plpgsql stable security definer set search_path = public as $$
begin
  return query
  select distinct a.id, a.name from story_card c
  join place p on p.id = c.place_id
  join housekeeping.user_grant g on g.role in ('clinician', 'coordinator') and g.trust = p.trust
    and coalesce(g.unit, p.unit) = p.unit and coalesce(g.site, p.site) = p.site
    and coalesce(g.ward, p.ward) = p.ward and coalesce(g.service, p.service) = p.service
  join housekeeping.user_account a on a.id = g.user_id and a.ended_at is null
  where c.story_id = colleagues_for.story and c.place_id = any (room_places())
  order by a.name;
end
$$;

-- Who told a story: for coordinators of its trust, and only through here. Whoever asks writes it into the audit.
create function person_behind(story uuid)
returns table (trust text, visit_ref text, given_name_enc bytea, phone_enc bytea)
language sql stable security definer set search_path = public as $$
  select v.trust, v.visit_ref, v.given_name_enc, v.phone_enc
  from story_card c join visit v on v.id = c.visit_id
  where c.story_id = person_behind.story and c.trust = any (room_trusts('coordinator'))
$$;

-- The story that governance is about to hear for a reason: what it must know of it, and no words.
create function story_behind_glass(story uuid)
returns table (trust text, unit text, told_at timestamptz, duration_ms integer, place text)
language sql stable security definer set search_path = public as $$
  select c.trust, c.unit, c.told_at, c.duration_ms, concat_ws(', ', nullif(p.ward, ''), nullif(p.service, ''), nullif(p.site, ''))
  from story_card c join place p on p.id = c.place_id
  where c.story_id = story_behind_glass.story and c.trust = any (room_trusts('governance'))
$$;
revoke execute on function colleagues_for, person_behind, story_behind_glass from public;
grant execute on function colleagues_for, person_behind, story_behind_glass to hearback_room;

alter table story_work enable row level security;
alter table story_note enable row level security;
alter table story_label enable row level security;
alter table story_label_used enable row level security;
alter table story_correction enable row level security;
alter table story_clip enable row level security;
alter table story_peaks enable row level security;
alter table urgent_flag enable row level security;
alter table urgent_step enable row level security;
alter table listening_grant enable row level security;

create policy room on story_work to hearback_room using (exists (select from story_card c where c.story_id = story_work.story_id))
  with check (exists (select from story_card c where (c.story_id, c.trust, c.unit)
    = (story_work.story_id, story_work.trust, story_work.unit)));
create policy room on story_note to hearback_room using (exists (select from story_card c where c.story_id = story_note.story_id))
  with check (by_user = room_user() and exists (select from story_card c where (c.story_id, c.trust, c.unit)
    = (story_note.story_id, story_note.trust, story_note.unit)));
create policy room on story_label to hearback_room using (exists (select from story_card c where c.story_id = story_label.story_id))
  with check (by_user = room_user() and exists (select from story_card c where (c.story_id, c.trust, c.unit)
    = (story_label.story_id, story_label.trust, story_label.unit)));
create policy room on story_label_used for select to hearback_room
  using (trust = any ((select room_trusts('clinician', 'coordinator'))::text[]));
create policy room on story_correction to hearback_room
  using (exists (select from story_card c where c.story_id = story_correction.story_id))
  with check (by_user = room_user() and exists (select from story_card c where (c.story_id, c.trust, c.unit)
    = (story_correction.story_id, story_correction.trust, story_correction.unit)));
create policy room on story_clip to hearback_room using (exists (select from story_card c where c.story_id = story_clip.story_id))
  with check (by_user = room_user() and exists (select from story_card c where (c.story_id, c.trust, c.unit)
    = (story_clip.story_id, story_clip.trust, story_clip.unit)));
create policy room on story_peaks to hearback_room using (exists (select from story_card c where c.story_id = story_peaks.story_id))
  with check (exists (select from story_card c where (c.story_id, c.trust, c.unit)
    = (story_peaks.story_id, story_peaks.trust, story_peaks.unit)));
create policy room on urgent_flag to hearback_room using (exists (select from story_card c where c.story_id = urgent_flag.story_id))
  with check (exists (select from story_card c where (c.story_id, c.trust, c.unit)
    = (urgent_flag.story_id, urgent_flag.trust, urgent_flag.unit)));
create policy room on urgent_step to hearback_room using (exists (select from story_card c where c.story_id = urgent_step.story_id))
  with check (by_user = room_user() and exists (select from urgent_flag f where (f.id, f.story_id, f.trust, f.unit)
    = (urgent_step.flag_id, urgent_step.story_id, urgent_step.trust, urgent_step.unit)));
-- A grant is good while its user may still hear the story, each time anew.
create policy room on listening_grant to hearback_room using (user_id = room_user() and case kind
    when 'room' then exists (select from story_card c where c.story_id = listening_grant.story_id)
    else exists (select from story_behind_glass(listening_grant.story_id)) end)
  with check (user_id = room_user() and case kind
    when 'room' then exists (select from story_card c where (c.story_id, c.trust, c.unit)
      = (listening_grant.story_id, listening_grant.trust, listening_grant.unit))
    else exists (select from story_behind_glass(listening_grant.story_id) g
      where (g.trust, g.unit) = (listening_grant.trust, listening_grant.unit)) end);

grant select, insert, update on story_work to hearback_room;
grant select, insert on story_note, story_correction, story_peaks, urgent_step to hearback_room;
grant select, insert, delete on story_label, story_clip to hearback_room;
grant select on story_label_used to hearback_room;
grant select, insert, update (owner, owner_name, owned_at, closed_at, closed_by, closed_by_name, closed_because, done)
  on urgent_flag to hearback_room;
grant select, insert, update (begun_at), delete on listening_grant to hearback_room;
