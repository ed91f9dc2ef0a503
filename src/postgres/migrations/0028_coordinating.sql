-- What coordinators see and do on the pages.

-- Whether all dialling stands still, and why: every page of theirs says so.
grant select on housekeeping.dialling to hearback_room;
