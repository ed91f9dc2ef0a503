-- Calls that people make to us. Each is a row of `call` from its first word, found by its caller's number and nothing
-- more; once the caller has said who they are, it gets the visit that waits for it, and an attempt "ring_back", which
-- bars every other call to that visit and number (I1, I2) and was never dialled.

alter table call
  alter column attempt_id drop not null,
  alter column visit_id drop not null,
  add column direction text not null default 'outbound' check (direction in ('outbound', 'inbound')),
  add column phone_hmac bytea,              -- of an inbound call; null where the number was withheld
  add column channel_id text,
  add column node text,                     -- the Asterisk that it came in on
  add column owner text,
  add constraint call_outbound_has_attempt check (direction = 'inbound' or attempt_id is not null),
  add constraint call_inbound_has_owner check (direction = 'outbound' or (channel_id is not null and owner is not null)),
  add constraint call_attempt_and_visit check ((attempt_id is null) = (visit_id is null));
-- Who is on the line with us is not rung.
create index call_inbound_open on call (phone_hmac) where direction = 'inbound' and ended_at is null;
create index call_inbound_phone on call (phone_hmac, answered_at) where direction = 'inbound';

alter table attempt drop constraint attempt_reason_check, drop constraint attempt_check, drop constraint attempt_check1;
alter table attempt
  add constraint attempt_reason_check check (reason in ('first', 'retry', 'callback', 'ring_back')),
  -- The channel of a call to us has the name that Asterisk gave it.
  add constraint attempt_channel_named check (reason = 'ring_back' or channel_id = 'hb-' || id),
  add constraint attempt_dialed check (reason = 'ring_back' or state not in ('dialing', 'live', 'unknown') or dialed_at is not null),
  add constraint attempt_ring_back_never_dialed check (reason <> 'ring_back' or (dialed_at is null and not counts));

-- A caller whose call lost its process is greeted again on the same channel, and may get an attempt anew.
alter table attempt drop constraint attempt_channel_id_key;
create unique index attempt_channel on attempt (channel_id, (case when reason = 'ring_back' then id end)) nulls not distinct;

-- On each Asterisk one instance at a time takes the calls that come in; when it gives no sign of life, another does.
create table housekeeping.inbound_holder (
  node text primary key,
  owner text not null,
  alive_until timestamptz not null
);

-- In one call several numbers may be keyed.
drop index opt_out_once_a_call;
create unique index opt_out_once_a_call on opt_out (call_id, scope, phone_hmac) nulls not distinct
  where revoked_at is null and call_id is not null;
