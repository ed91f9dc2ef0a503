-- Two processes that each held a call for a while may have counted its steps alike: both their keys are kept. A late one
-- came out of a spool after its call had gone on without it, and changed nothing of it but a wish.
alter table key_press
  add column late boolean not null default false,
  drop constraint key_press_pkey,
  add primary key (call_id, sequence, pressed_at);
