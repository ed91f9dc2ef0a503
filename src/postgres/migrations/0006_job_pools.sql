-- Which instance's workers lock jobs under which name, so that a dead one's jobs can be told from a living one's.
create table housekeeping.job_pool (
  pool_id text primary key,
  owner text not null,
  created_at timestamptz not null default clock_timestamp()
);
