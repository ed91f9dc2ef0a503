-- By which of the trunks that staff have named an attempt was dialled; null: by its node's own. Nothing is rewritten and no
-- row is looked at: a lock that calls hold makes this fail within seconds, and migrate runs again.
set local lock_timeout = '5s';
alter table attempt add column trunk text;
set local lock_timeout to default;
