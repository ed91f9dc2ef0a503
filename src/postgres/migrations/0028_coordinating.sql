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
