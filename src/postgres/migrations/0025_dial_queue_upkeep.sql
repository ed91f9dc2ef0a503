-- Each call leaves some dead entries in the small indexes of open attempts and due visits, which are looked through many
-- times a second. As Postgres comes, they would be cleared out only once a fifth of the whole table has changed.
alter table attempt set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
  autovacuum_analyze_scale_factor = 0.02);
alter table visit set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
  autovacuum_analyze_scale_factor = 0.02);
