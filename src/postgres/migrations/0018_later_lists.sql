-- A later list names a reason not to call, or withdraws or holds a visit, whose telephone rings just then: what it asks
-- for is taken up when the call would give the visit back to the dial queue. 'withdrawn', 'held', or the reason.
alter table visit add column stop_asked text;

create function stop_when_asked() returns trigger language plpgsql as $$
begin
  perform set_config('hearback.acting_staff', 'a later list', true);
  if new.stop_asked in ('withdrawn', 'held') then
    new.status := new.stop_asked;
  else
    new.status := 'done';
    new.disposition := 'suppressed';
    new.do_not_call_reason := new.stop_asked;
    insert into passed_over (visit_id, trust, unit, because) values (new.id, new.trust, new.unit, 'do-not-call');
  end if;
  if new.status <> 'held' then
    update callback set state = 'withdrawn' where visit_id = new.id and state = 'promised';
  end if;
  new.stop_asked := null;
  return new;
end
$$;
create trigger visit_stop_asked before update on visit for each row
  when (new.status = 'due' and new.stop_asked is not null) execute function stop_when_asked();
