-- How fast each trunk is dialled, by all instances together (src/campaign/pacing.ts and trunk-breaker.ts).
create table housekeeping.trunk_pace (
  trunk text primary key,
  tokens double precision not null,         -- call starts saved up at `filled_at`
  filled_at timestamptz not null default clock_timestamp(),
  share double precision not null default 1 check (share > 0 and share <= 1),
  ended integer not null default 0,
  refused integer not null default 0,
  since timestamptz not null default clock_timestamp()
);
