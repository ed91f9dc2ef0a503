-- Something encrypted with the data key that this database was begun with, by which any other key is found out.
create table housekeeping.data_key_proof (
  bytes bytea not null,
  only_one boolean primary key default true check (only_one),
  written_at timestamptz not null default clock_timestamp()
);
