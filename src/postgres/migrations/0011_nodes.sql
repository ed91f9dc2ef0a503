-- The Asterisks that calls are made on, and how each instance of the application sees each of them.

create table housekeeping.node (
  name text primary key check (name ~ '^[a-z0-9-]{1,32}$'),
  entity_id text unique,                    -- Asterisk's own; null once another name has taken it over
  version text not null,
  max_calls integer check (max_calls >= 1), -- null: without a limit of its own
  weight real not null check (weight > 0),
  draining_since timestamptz,
  draining_by text,
  seen_at timestamptz not null default clock_timestamp(),
  check ((draining_since is null) = (draining_by is null))
);

-- Written by the instance itself, about once a second; it counts while its instance is alive.
create table housekeeping.node_link (
  owner text not null,
  node text not null,
  entity_id text,                           -- of the Asterisk that this instance found there
  state text not null,                      -- as NodeSigns has it
  since timestamptz not null default clock_timestamp(),
  primary key (owner, node)
);

-- On which Asterisk it was dialled, and so where its recordings lie; null where it never came to that.
alter table attempt add column node text;
create index attempt_on_node on attempt (node) where state in ('dialing', 'live');
