import type { Pool } from "pg";
import type { CallLog, CallStep, NewCall, NewPart } from "#call/ports.ts";
import type { Effect } from "#flow/state.ts";
import { crashPoint } from "#lib/crash-point.ts";
import { AppError } from "#lib/errors.ts";
import { answersIn, applyEffect, type CallRow } from "./call-effects.ts";
import { endCallLate } from "./end-call-late.ts";
import { addKeepStory } from "./jobs.ts";
import { changed, type Db, maybeRow } from "./rows.ts";
import { trailInserts, trailValues } from "./trail.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/**
 * What calls leave behind. Each method is durable when it resolves, and harmless when it is done twice.
 * @param owner whose calls these are: one that another instance has taken over is not touched any more, and what would
 *   add to it throws `call_taken_over`. Null for whoever writes down what was said long ago.
 */
export const createCallLog = (pool: Pool, owner: string | null = null): CallLog => ({
  begin: (call) => begin(pool, owner, call),
  keep: (step) => keepStep(pool, owner, step),
  partBegun: (part) => partBegun(pool, owner, part),
  partEnded: (part) => partEnded(pool, owner, part),
  end: (ending) => end(pool, owner, ending),
});

async function keepStep(pool: Pool, owner: string | null, step: CallStep): Promise<void> {
  const { effects } = step;
  if (isPlain(step)) return keepPlain(pool, owner, step);
  if (isKeptTake(effects) && (await keepTake(pool, owner, step, effects[0].take))) return;
  return inTransaction(pool, (tx) => keep(tx, owner, step));
}

/** The flow's last state that was kept of it; null where it never began. */
export async function callState(db: Db, callId: string): Promise<unknown> {
  const row = await maybeRow<{ state: unknown }>(db, "select flow_state as state from call where id = $1", [
    callId,
  ]);
  return row?.state ?? null;
}

/** `parameter` is the owner, or null; `attempt` names the attempt's row. */
const isOurs = (parameter: string, attempt = "a"): string =>
  `(${parameter}::text is null or ${attempt}.owner = ${parameter})`;
/** One that came in has an owner of its own until it is known whose it is. */
const callIsOurs = (parameter: string, callId: string): string =>
  `exists (select from call kk left join attempt a on a.id = kk.attempt_id
     where kk.id = ${callId} and (${parameter}::text is null or coalesce(a.owner, kk.owner) = ${parameter}))`;

/** One whose outcome was given up as unknown stays so until its end is written: its number may be in a call by now. */
const BEGIN = {
  name: "begin-call",
  text: `with ours as (
      select * from attempt a where a.id = $2 and a.state not in ('intent', 'refused') and ${isOurs("$7")}
      for no key update
    ), live as (
      update attempt set state = case state when 'dialing' then 'live' else state end, answered_at = $5
      where id = $2 and (state = 'dialing' or (state in ('unknown', 'ended') and answered_at is null))
        and ${isOurs("$7", "attempt")}
    ), begun as (
      insert into call (id, attempt_id, visit_id, trust, unit, flow, flow_version, answered_at, flow_state, release)
      select $1, id, visit_id, trust, unit, $3, $4, $5, $6, $8 from ours
      on conflict (id) do nothing
      returning id
    )
    select exists (select from begun) or exists (select from call where id = $1) as there`,
};

export async function begin(db: Db, owner: string | null, call: NewCall): Promise<void> {
  const row = await maybeRow<{ there: boolean }>(db, BEGIN, [
    ...[call.id, call.attemptId, call.flow, call.flowVersion, call.answeredAt, call.state, owner],
    // What an older version spooled says nothing of it.
    call.release ?? null,
  ]);
  if (!row?.there) {
    const message = "A call was answered that the ledger never committed to ring.";
    throw new AppError("call_not_committed", message, { callId: call.id, attemptId: call.attemptId });
  }
}

/** Takes the step unless it, or a later one, is there already. */
const KEEP = {
  name: "keep-step",
  text: `
  update call k set flow_state = $3, sequence = $2
  where k.id = $1 and k.sequence < $2 and ${callIsOurs("$4", "$1")}
  returning k.id, k.attempt_id as "attemptId", k.visit_id as "visitId", k.trust, k.unit, k.direction,
    coalesce(k.phone_hmac, (select v.phone_hmac from visit v where v.id = k.visit_id)) as "phoneHmac",
    (select v.person_hmac from visit v where v.id = k.visit_id) as "personHmac"`,
};

const KEEP_KEY = {
  name: "keep-key",
  text: `insert into key_press (call_id, sequence, trust, unit, digit, step, pressed_at)
    values ($1, $2, $3, $4, $5, $6, $7)`,
};

/** What changes the call's own row at most, or adds one beside it: no more than one statement can. */
const isPlain = ({ effects }: CallStep): boolean =>
  effects.every(({ kind }) => kind === "answer" || kind === "declined");

const isKeptTake = (effects: CallStep["effects"]): effects is [Effect & { kind: "keep-take" }] =>
  effects.length === 1 && effects[0]!.kind === "keep-take";

const ANSWERED = `insert into answer (call_id, trust, unit, question, value)
      select kept.id, kept.trust, kept.unit, given.name, given.value
      from kept cross join jsonb_to_recordset($11) as given (name text, value jsonb)
      on conflict (call_id, question) do update set value = excluded.value, answered_at = clock_timestamp()`;

const PRESSED = `insert into key_press (call_id, sequence, trust, unit, digit, step, pressed_at)
      select id, $2, trust, unit, $5, $6, $7 from kept where $5::text is not null`;

/**
 * A step and all that follows from it in one statement: nobody hears the next word before it is durable.
 * @param answers whether it answers anything: what hangs on the columns of a call's answers runs whenever they are named
 */
const keepPlainText = (answers: boolean): string => `
    with kept as (
      update call k set flow_state = $3, sequence = $2
        ${answers ? ", rating = coalesce($8, rating), share_consent = coalesce($9, share_consent), declined = declined or $10" : ""}
      where k.id = $1 and k.sequence < $2 and ${callIsOurs("$4", "$1")}
      returning k.id, k.trust, k.unit
    ), pressed as (${PRESSED})
    ${answers ? `, answered as (${ANSWERED})` : ""}
    select id from kept`;

/**
 * The take that was told becomes the story, where no other of the call is open or kept. Those that are must give way in a
 * statement of its own before, for there is one kept take a call at every moment.
 */
const KEEP_TAKE = {
  name: "keep-take",
  text: `
    with kept as (
      update call k set flow_state = $3, sequence = $2
      where k.id = $1 and k.sequence < $2 and ${callIsOurs("$4", "$1")}
        and not exists (select from story o where o.call_id = k.id and o.take <> $8 and o.state in ('open', 'kept'))
      returning k.id, k.trust, k.unit
    ), pressed as (${PRESSED}), told as (
      update story s set state = 'kept' from kept
      where s.call_id = kept.id and s.take = $8 and s.state in ('open', 'superseded')
    )
    select id from kept`,
};

const KEEP_PLAIN = { name: "keep-plain-step", text: keepPlainText(false) };
const KEEP_ANSWERS = { name: "keep-answers", text: keepPlainText(true) };

function answerValues(callId: string, effects: CallStep["effects"]): unknown[] {
  const { rating, shareConsent, others } = answersIn(callId, effects);
  return [rating, shareConsent, effects.some(({ kind }) => kind === "declined"), JSON.stringify(others)];
}

const written = ({ callId, sequence, state, key }: CallStep, owner: string | null): unknown[] => [
  ...[callId, sequence, state, owner],
  ...[key?.digit ?? null, key?.step ?? null, key?.pressedAt ?? null],
];

async function keepPlain(db: Db, owner: string | null, step: CallStep): Promise<void> {
  const { callId, key, effects } = step;
  const values = written(step, owner);
  const kept =
    effects.length === 0
      ? await maybeRow(db, KEEP_PLAIN, values)
      : await maybeRow(db, KEEP_ANSWERS, [...values, ...answerValues(callId, effects)]);
  if (kept === null) return requireOurs(db, owner, callId);
  if (key) crashPoint("key-written");
}

/** @returns whether it was kept; not where other takes must give way, or nothing is to be kept any more */
async function keepTake(db: Db, owner: string | null, step: CallStep, take: number): Promise<boolean> {
  crashPoint("effect-keep-take");
  const kept = await maybeRow(db, KEEP_TAKE, [...written(step, owner), take]);
  if (kept !== null && step.key) crashPoint("key-written");
  return kept !== null;
}

export async function keep(tx: Tx, owner: string | null, step: CallStep): Promise<void> {
  const { callId, sequence, key, state, effects } = step;
  const call = await maybeRow<CallRow>(tx, KEEP, [callId, sequence, state, owner]);
  if (call === null) return requireOurs(tx, owner, callId);
  if (key) {
    const values = [callId, sequence, call.trust, call.unit, key.digit, key.step, key.pressedAt];
    await tx.query({ ...KEEP_KEY, values });
    crashPoint("key-written");
  }
  for (const effect of effects) await applyEffect(tx, call, effect, state);
}

/** @throws AppError call_missing, call_taken_over */
async function requireOurs(db: Db, owner: string | null, callId: string): Promise<void> {
  const sql = `select ${callIsOurs("$2", "$1")} as ours from call where id = $1`;
  const call = await maybeRow<{ ours: boolean }>(db, sql, [callId, owner]);
  if (call === null)
    throw new AppError("call_missing", "A step belongs to a call that was never begun.", { callId });
  if (!call.ours)
    throw new AppError("call_taken_over", "Another instance has taken this call over.", { callId });
}

/** A story that is there already is touched, so that its row is seen whoever wrote it a moment ago. */
const PART_BEGUN = {
  name: "part-begun",
  text: `with ours as (
      select k.* from call k where k.id = $1 and ${callIsOurs("$5", "$1")}
    ), telling as (
      insert into story (call_id, visit_id, trust, unit, take)
      select id, visit_id, trust, unit, $2 from ours
      on conflict (call_id, take) do update set take = excluded.take
      returning id, call_id, trust, unit
    ), part as (
      insert into recording (story_id, call_id, trust, unit, name, part)
      select id, call_id, trust, unit, $3, $4 from telling
      on conflict (name) do nothing
    )
    select id from ours`,
};

export async function partBegun(
  db: Db,
  owner: string | null,
  { callId, name, take, part }: NewPart,
): Promise<void> {
  const ours = await maybeRow(db, PART_BEGUN, [callId, take, name, part, owner]);
  if (ours === null) await requireOurs(db, owner, callId);
}

const PART_ENDED = {
  name: "part-ended",
  text: `update recording set state = 'ended', line_duration_ms = $2, line_speech_ms = $3
    where name = $1 and state = 'recording' and ${callIsOurs("$4", "recording.call_id")}`,
};

export async function partEnded(
  db: Db,
  owner: string | null,
  { name, durationMs, speechMs }: Parameters<CallLog["partEnded"]>[0],
): Promise<void> {
  const values = [name, durationMs && Math.round(durationMs), speechMs && Math.round(speechMs), owner];
  await changed(db, PART_ENDED, values);
}

const TRAIL = trailInserts("ended e", "$7", "$8");

/** With its trail and the job that fetches its stories, in one statement: nobody waits for it, but the machine has other calls. */
const END = {
  name: "end-call",
  text: `with ended as (
      update call set ended_at = clock_timestamp(), disposition = $2, ended_by = $3, machine_by = $4,
        machine_false_alarm = $5, silent = $9
      where id = $1 and ended_at is null and ${callIsOurs("$6", "$1")}
      returning *
    ), told as (${TRAIL.told}), pieced as (${TRAIL.pieced})
    select case when exists (select from recording r where r.call_id = ended.id)
      then (${addKeepStory("$1")}).id end as job from ended`,
};

async function end(pool: Pool, owner: string | null, call: Parameters<CallLog["end"]>[0]): Promise<void> {
  const { id, disposition, endedBy, machine, trail, silent = null } = call;
  const how = [id, disposition, endedBy, machine?.by ?? null, machine?.falseAlarm ?? null, owner];
  const row = await maybeRow(pool, END, [...how, ...trailValues(trail), silent]);
  if (row === null && owner !== null) await inTransaction(pool, (tx) => endCallLate(tx, owner, call, null));
  crashPoint("call-ended");
}
