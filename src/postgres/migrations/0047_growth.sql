-- What read whole tables among a million visits.

-- For the pages of a campaign's people, in the order of import: the first page of the newest campaign came last of all.
create index visit_campaign on visit (campaign_id, id);
-- For the history of one visit.
create index callback_visit on callback (visit_id);
-- For what staff see of promised calls.
create index callback_owed on callback (due) where state in ('promised', 'broken');
