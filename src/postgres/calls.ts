import type { Pool } from "pg";
import type { CallLog, CallStep, NewCall, NewPart } from "#call/ports.ts";
import { crashPoint } from "#lib/crash-point.ts";
import { AppError } from "#lib/errors.ts";
import { applyEffect, type CallRow } from "./call-effects.ts";
import { endCallLate } from "./end-call-late.ts";
import { queueKeepStory } from "./jobs.ts";
import { changed, type Db, maybeRow } from "./rows.ts";
import { trailInserts, trailValues } from "./trail.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/**
 * What calls leave behind. Each method is durable when it resolves, and harmless when it is done twice.
 * @param owner whose calls these are: one that another instance has taken over is not touched any more, and what would
 *   add to it throws `call_taken_over`. Null for whoever writes down what was said long ago.
 */
export const createCallLog = (pool: Pool, owner: string | null = null): CallLog => ({
  begin: (call) => inTransaction(pool, (tx) => begin(tx, owner, call)),
  keep: (step) => inTransaction(pool, (tx) => keep(tx, owner, step)),
  partBegun: (part) => inTransaction(pool, (tx) => partBegun(tx, owner, part)),
  partEnded: (part) => partEnded(pool, owner, part),
  end: (ending) => inTransaction(pool, (tx) => end(tx, owner, ending)),
});

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

export async function begin(tx: Tx, owner: string | null, call: NewCall): Promise<void> {
  // One whose outcome was given up as unknown stays so until its end is written: its number may be in a call by now.
  await tx.query(
    `update attempt set state = case state when 'dialing' then 'live' else state end, answered_at = $2
     where id = $1 and (state = 'dialing' or (state in ('unknown', 'ended') and answered_at is null))
       and ${isOurs("$3", "attempt")}`,
    [call.attemptId, call.answeredAt, owner],
  );
  const begun = await changed(
    tx,
    `insert into call (id, attempt_id, visit_id, trust, unit, flow, flow_version, answered_at, flow_state, release)
     select $1, a.id, a.visit_id, a.trust, a.unit, $3, $4, $5, $6, $8 from attempt a
     where a.id = $2 and a.state not in ('intent', 'refused') and ${isOurs("$7")}
     on conflict (id) do nothing`,
    [
      ...[call.id, call.attemptId, call.flow, call.flowVersion, call.answeredAt, call.state, owner],
      // What an older version spooled says nothing of it.
      call.release ?? null,
    ],
  );
  if (begun === 0 && !(await maybeRow(tx, "select id from call where id = $1", [call.id]))) {
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
async function requireOurs(tx: Tx, owner: string | null, callId: string): Promise<void> {
  const sql = `select ${callIsOurs("$2", "$1")} as ours from call where id = $1`;
  const call = await maybeRow<{ ours: boolean }>(tx, sql, [callId, owner]);
  if (call === null)
    throw new AppError("call_missing", "A step belongs to a call that was never begun.", { callId });
  if (!call.ours)
    throw new AppError("call_taken_over", "Another instance has taken this call over.", { callId });
}

export async function partBegun(tx: Tx, owner: string | null, part: NewPart): Promise<void> {
  await requireOurs(tx, owner, part.callId);
  await addPart(tx, part);
}

async function addPart(tx: Tx, { callId, name, take, part }: NewPart): Promise<void> {
  await tx.query(
    `insert into story (call_id, visit_id, trust, unit, take)
     select k.id, k.visit_id, k.trust, k.unit, $2 from call k where k.id = $1
     on conflict (call_id, take) do nothing`,
    [callId, take],
  );
  await tx.query(
    `insert into recording (story_id, call_id, trust, unit, name, part)
     select s.id, s.call_id, s.trust, s.unit, $3, $4 from story s where s.call_id = $1 and s.take = $2
     on conflict (name) do nothing`,
    [callId, take, name, part],
  );
}

export async function partEnded(
  db: Db,
  owner: string | null,
  { name, durationMs, speechMs }: Parameters<CallLog["partEnded"]>[0],
): Promise<void> {
  await db.query(
    `update recording set state = 'ended', line_duration_ms = $2, line_speech_ms = $3
     where name = $1 and state = 'recording' and ${callIsOurs("$4", "recording.call_id")}`,
    [name, durationMs && Math.round(durationMs), speechMs && Math.round(speechMs), owner],
  );
}

const TRAIL = trailInserts("ended e", "$7", "$8");

/** With its trail, in one statement: nobody waits for it, but the machine has other calls. */
const END = {
  name: "end-call",
  text: `with ended as (
      update call set ended_at = clock_timestamp(), disposition = $2, ended_by = $3, machine_by = $4,
        machine_false_alarm = $5
      where id = $1 and ended_at is null and ${callIsOurs("$6", "$1")}
      returning *
    ), told as (${TRAIL.told}), pieced as (${TRAIL.pieced})
    select exists (select from recording r where r.call_id = ended.id) as recorded from ended`,
};

async function end(tx: Tx, owner: string | null, call: Parameters<CallLog["end"]>[0]): Promise<void> {
  const { id, disposition, endedBy, machine, trail } = call;
  const how = [id, disposition, endedBy, machine?.by ?? null, machine?.falseAlarm ?? null, owner];
  const row = await maybeRow<{ recorded: boolean }>(tx, END, [...how, ...trailValues(trail)]);
  if (row === null && owner !== null) await endCallLate(tx, owner, call, null);
  if (row?.recorded) await queueKeepStory(tx, id);
  crashPoint("call-ended");
}
