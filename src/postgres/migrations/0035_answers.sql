-- What flows ask beside the rating and the consent, which have columns of their own: one row a question, the last answer
-- of the call. A number, true or false, or a text; a day is "2026-12-03", or "--12-03" without a year. Telephone numbers
-- are never among them (src/flow/steps/digits.ts).
create table answer (
  call_id uuid not null references call,
  trust text not null,
  unit text not null,
  question text not null check (length(question) between 1 and 64),
  value jsonb not null check (jsonb_typeof(value) in ('number', 'boolean', 'string')),
  answered_at timestamptz not null default clock_timestamp(),
  primary key (call_id, question)
);

alter table answer enable row level security;
create policy room on answer for select to hearback_room using (trust = any ((select room_trusts('coordinator'))::text[])
  or exists (select from story_card c where c.call_id = answer.call_id));
grant select on answer to hearback_room;

-- A visit's answers by question, the last of each over all its calls; null where there are none.
create function answers_of(of_visit uuid) returns jsonb language sql stable as $$
  select jsonb_object_agg(last.question, last.value) from (
    select distinct on (a.question) a.question, a.value from call k join answer a on a.call_id = k.id
    where k.visit_id = of_visit order by a.question, a.answered_at desc, a.call_id desc
  ) last
$$;
