-- The entityid of the Asterisk that was to dial, as the instance saw it then: the node's name may be pointed at another
-- one later, whose logs prove nothing about this call.
alter table attempt add column entity_id text;
