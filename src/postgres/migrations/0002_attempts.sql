-- Attempts: each is one try at one visit, and at most one INVITE (RELIABILITY.md 2.2).
--
--   intent --> dialing --> live --> ended
--     |           |  \       \--> unknown
--     |           |   \--> ended
--     |           \--> unknown --> ended        (by evidence only; never dialled again by itself)
--     \--> refused (at the last check), or ended (its process died before the telephone was touched)

create table attempt (
  id uuid primary key,
  visit_id uuid not null references visit,
  campaign_id uuid not null references campaign,
  trust text not null,
  unit text not null,
  number smallint not null check (number >= 1),
  reason text not null check (reason in ('first', 'retry', 'callback')),
  again boolean not null,
  state text not null check (state in ('intent', 'dialing', 'live', 'unknown', 'ended', 'refused')),
  channel_id text not null unique,
  owner text not null,
  phone_hmac bytea not null,
  claimed_at timestamptz not null default clock_timestamp(),
  dialed_at timestamptz,
  ringing_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz,
  disposition disposition,
  cause smallint,                           -- Q.850, 0 where the network gave none
  sip_code smallint,
  counts boolean not null default false,
  refused_because text,
  updated_at timestamptz not null default clock_timestamp(),
  check (channel_id = 'hb-' || id),
  check (state not in ('dialing', 'live', 'unknown') or dialed_at is not null),
  check (not counts or dialed_at is not null),
  check ((state in ('unknown', 'ended')) = (disposition is not null)),
  check ((state = 'refused') = (refused_because is not null)),
  check ((state in ('unknown', 'ended', 'refused')) = (ended_at is not null))
) with (fillfactor = 70);
create trigger attempt_updated_at before update on attempt for each row execute function set_updated_at();

-- I1: a visit has at most one open attempt; one whose outcome is unknown bars the next.
create unique index attempt_one_open_a_visit on attempt (visit_id)
  where state in ('intent', 'dialing', 'live', 'unknown');
-- I2: a number has at most one call at a time, over all campaigns: family members share telephones.
create unique index attempt_one_open_a_number on attempt (phone_hmac)
  where state in ('intent', 'dialing', 'live');
create index attempt_open on attempt (campaign_id) where state in ('intent', 'dialing', 'live');
create index attempt_visit on attempt (visit_id);
