-- What coordinators see and do on the pages.

-- Whether all dialling stands still, and why: every page of theirs says so.
grant select on housekeeping.dialling to hearback_room;

-- A list between its upload and its import: for whoever sent it, and for an hour. Of the pages' role nothing of it is seen.
create table housekeeping.list_upload (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  campaign_id uuid not null references campaign,
  list_enc bytea not null,
  keep text[] not null,                     -- columns to be kept beside the known ones
  made_at timestamptz not null default clock_timestamp(),
  unique (user_id, campaign_id)
);
create index list_upload_made on housekeeping.list_upload (made_at);

-- The steps that a call came to, in their order: what its caller heard. The call's own row knows the last one only.
create table call_step (
  call_id uuid not null references call on delete cascade,
  sequence integer not null,                -- the call's own, when it came to this step
  trust text not null,
  unit text not null,
  flow text not null,
  step text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (call_id, sequence)
);
alter table call_step enable row level security;

create function note_call_step() returns trigger language plpgsql as $$
begin
  insert into call_step (call_id, sequence, trust, unit, flow, step)
  values (new.id, new.sequence, new.trust, new.unit, new.flow, new.flow_state ->> 'step')
  on conflict do nothing;
  return null;
end
$$;
create trigger call_step_begun after insert on call for each row
  when (new.flow_state ->> 'step' is not null) execute function note_call_step();
create trigger call_step_next after update of flow_state on call for each row
  when (new.flow_state ->> 'step' is distinct from old.flow_state ->> 'step' and new.flow_state ->> 'step' is not null)
  execute function note_call_step();

-- For the board: who was on the telephone last.
create index attempt_ended on attempt (campaign_id, ended_at) where ended_at is not null;
