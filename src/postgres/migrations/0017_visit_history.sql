-- What became of a visit, when, and by whom: whatever changes its row leaves a line here. Being claimed is none, for
-- the attempt's own row tells it. For `hearback why`.
create table visit_history (
  id uuid primary key default housekeeping.new_id(),
  visit_id uuid not null references visit,
  trust text not null,
  unit text not null,
  at timestamptz not null default clock_timestamp(),
  status text not null,
  disposition disposition not null,
  not_before timestamptz not null,
  next_reason text not null,
  by text                                   -- staff who moved it; null: Hearback itself
);
create index visit_history_visit on visit_history (visit_id);

create function keep_visit_history() returns trigger language plpgsql as $$
begin
  insert into visit_history (visit_id, trust, unit, status, disposition, not_before, next_reason, by)
  values (new.id, new.trust, new.unit, new.status, new.disposition, new.not_before, new.next_reason,
    nullif(current_setting('hearback.acting_staff', true), ''));
  return null;
end
$$;
create trigger visit_history after update on visit for each row
  when (new.status <> 'calling' and (old.status, old.disposition, old.not_before, old.next_reason)
    is distinct from (new.status, new.disposition, new.not_before, new.next_reason))
  execute function keep_visit_history();
