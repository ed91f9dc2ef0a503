-- People who ring us are drawn into the canary too, and may hear nothing of us as well.
alter table call
  -- Of an inbound call: the release that greeted. `release` is that of the visit once one is carried on; silence comes
  -- before that, and is the greeting's.
  add column greeting_release integer,
  -- Of an inbound call that is over: they heard nothing of us in time. Of our own calls the attempt says so.
  add column silent boolean;

drop function housekeeping.release_arm;
-- How the latest calls of a release went; of the folders where none is given. Counts only, so that pages without any
-- right to calls may know them. Machines are nobody. Silence counts for the release that greeted, whichever the call
-- went on in.
create function housekeeping.release_arm(of_release integer, since timestamptz, most integer)
returns table (calls integer, failed integer, "hungUp" integer, unanswered integer, silent integer, "silentInbound" integer)
language sql stable security definer set search_path = public, pg_temp as $$
  with inbound as (select count(*)::int as silent from call c
    where c.silent and c.greeting_release is not distinct from of_release and c.answered_at >= since)
  select count(*)::int, count(*) filter (where k.ended_by = 'fault')::int,
    count(*) filter (where k.disposition = 'hung_up')::int, count(*) filter (where k.disposition = 'no_response')::int,
    count(*) filter (where k.silent)::int + (select silent from inbound), (select silent from inbound)
  from (
      (select c.ended_by, c.disposition, a.silent, c.answered_at from call c left join attempt a on a.id = c.attempt_id
        where of_release is not null and c.release = of_release and c.answered_at >= since
          and c.ended_at is not null and c.machine_by is null and (a.id is null or a.state = 'ended')
        order by c.answered_at desc limit most)
      union all
      (select c.ended_by, c.disposition, a.silent, c.answered_at from call c left join attempt a on a.id = c.attempt_id
        where of_release is null and c.release is null and c.answered_at >= since
          and c.ended_at is not null and c.machine_by is null and (a.id is null or a.state = 'ended')
        order by c.answered_at desc limit most)) k
$$;
revoke execute on function housekeeping.release_arm from public;
grant execute on function housekeeping.release_arm to hearback_app, hearback_room;

create or replace function housekeeping.release_fell_silent(of_release integer) returns boolean
language sql stable security definer set search_path = public, pg_temp
return exists (select from attempt a join call c on c.attempt_id = a.id where a.silent and c.release = of_release)
  or exists (select from call c where c.silent and c.greeting_release = of_release);
