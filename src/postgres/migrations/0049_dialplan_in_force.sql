-- Which dialplan is in force on each Asterisk, as `hearback dialplan apply` and `rollback` left it there: by it the pages
-- tell whether a release's is.
create table housekeeping.dialplan_in_force (
  node text primary key,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'), -- of its files (release/dialplan-in-force.ts)
  version integer not null,                               -- as `hearback dialplan history` numbers it on that node
  works boolean not null,                                 -- false: neither it nor what was there before does
  by text not null,
  note text not null,
  at timestamptz not null                                 -- when it was put in force
);
