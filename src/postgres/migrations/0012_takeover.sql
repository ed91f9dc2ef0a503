-- Who lives, told within a second or two, and whose calls are whose when one process goes on with another's.

alter table housekeeping.instance
  add column app text,                                                      -- its Stasis application, where it has one
  add column renewed_at timestamptz not null default clock_timestamp(),
  add column steady_since timestamptz not null default clock_timestamp();   -- renewed without a gap from here on

-- The instance under whose application the channel lives, where that is not its owner any more.
alter table attempt add column dialled_by text;
-- How often its call has changed hands.
alter table attempt add column takeovers smallint not null default 0;
