-- By what an attempt was settled whose outcome nobody saw: rows of Asterisk's event log (cel-...), their absence where
-- that is proof (cel-absent: it was never dialled), its list of calls (cdr), or nothing that will ever tell (none).
alter table attempt add column evidence text
  check (evidence in ('cel-hangup', 'cel-answer', 'cel-start', 'cel-absent', 'cdr', 'none'));
alter table attempt add check (evidence <> 'cel-absent' or not counts);

-- Those that are still to be settled.
create index attempt_unsettled on attempt (dialed_at) where state = 'unknown' and evidence is null;
