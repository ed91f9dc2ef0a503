-- A campaign may run on one release, instead of on what is live. Nothing is rewritten and no row is looked at: a lock
-- that calls hold makes this fail within seconds, and migrate runs again.
set local lock_timeout = '5s';
alter table campaign add column release integer;                         -- null: the live one, and its canary
alter table campaign add constraint campaign_release_fkey foreign key (release) references housekeeping.release not valid;
-- Of a roll-back: until then a call of that release had heard nothing, or a prompt had no sound.
alter table housekeeping.release_event add column harmed boolean not null default false;
set local lock_timeout to default;

-- The release that new calls of a campaign get for its pin: the pinned one, also when it was rolled back, but none whose
-- calls heard nothing, or lacked a prompt.
create function housekeeping.pin_of(pinned integer) returns integer
language sql stable security definer set search_path = public, pg_temp
return (select r.number from housekeeping.release r where r.number = pinned and (r.state <> 'withdrawn' or not exists (
  select from housekeeping.release_event e where e.release = r.number and e.kind = 'rollback' and e.harmed)));

-- What running campaigns need to be said, for those who publish a release: no visit is told of, only in which languages
-- there are any. Campaigns with a release of their own get no other.
create function housekeeping.running_campaigns()
returns table (name text, trust text, rehearsal boolean, settings jsonb, languages text[])
language sql stable security definer set search_path = public, pg_temp as $$
  select c.name, c.trust, c.rehearsal, c.settings, array(select distinct v.language from visit v
    where v.campaign_id = c.id and v.status in ('due', 'calling') and v.language is not null order by 1)
  from campaign c where c.status = 'running' and housekeeping.pin_of(c.release) is null order by c.created_at, c.id
$$;

revoke execute on function housekeeping.pin_of(integer), housekeeping.running_campaigns() from public;
grant execute on function housekeeping.pin_of(integer), housekeeping.running_campaigns() to hearback_app, hearback_room;
