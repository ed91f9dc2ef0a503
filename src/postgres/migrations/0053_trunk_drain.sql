-- A trunk taken out of use by staff: no call begins on it, on any instance, until they let calls begin again.
alter table housekeeping.trunk_pace
  add column draining_since timestamptz,
  add column draining_by text,
  add constraint trunk_pace_draining check ((draining_since is null) = (draining_by is null));
