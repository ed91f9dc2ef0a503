-- Each call leaves some dead entries in the small indexes of open attempts and due visits, which are looked through many
-- times a second. As Postgres comes, they would be cleared out only once a fifth of the whole table has changed.
alter table attempt set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
  autovacuum_analyze_scale_factor = 0.02);
alter table visit set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
  autovacuum_analyze_scale_factor = 0.02);

-- A list says of a person that they are not to be called, e.g. "deceased": written once, so that what staff have taken
-- back stays so when the list comes again.
alter table opt_out add column because text;
create unique index opt_out_once_listed on opt_out (person_hmac, because) where source = 'import';
