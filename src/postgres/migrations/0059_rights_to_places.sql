-- Whether a place is one of theirs was looked for along the list of all of theirs, for each place: a twentieth of a second
-- for a trust of 2,800 places, on every list of stories. Now it is looked up, and for a whole trust's people not even that.
alter policy room on place
  using (trust = any ((select room_trusts('coordinator', 'governance'))::text[]) or id in (select unnest(room_places())));
