-- The hours by which an attempt was dialled, as they stood at that moment: a campaign's spans are replaced every day, and
-- `hearback verify` asks of the whole history. What was dialled before this has all of time for its hours.
alter table attempt add column permitted tstzrange;
update attempt set permitted = tstzrange(null, null) where dialed_at is not null;

-- For the history of a number: who was rung when, and what a far end says that rang.
create index attempt_number on attempt (phone_hmac, dialed_at) where dialed_at is not null;
