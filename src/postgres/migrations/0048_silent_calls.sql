-- What is asked while calls go on must not wait for a look at all of them.

-- Whether a release fell silent, while it is rolled back.
create index attempt_silent on attempt (id) where silent;
create function housekeeping.release_fell_silent(of_release integer) returns boolean
language sql stable security definer set search_path = public, pg_temp
return exists (select from attempt a join call c on c.attempt_id = a.id where a.silent and c.release = of_release);
revoke execute on function housekeeping.release_fell_silent from public;
grant execute on function housekeeping.release_fell_silent to hearback_app, hearback_room;
-- Whose call it was in which a prompt was not heard; of those we rang the attempt knows the channel.
create index call_channel on call (channel_id) where channel_id is not null;
