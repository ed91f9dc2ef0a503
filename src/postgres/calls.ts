import type { Pool } from "pg";
import type { CallLog, CallStep, NewCall, NewPart } from "#call/ports.ts";
import { crashPoint } from "#lib/crash-point.ts";
import { AppError } from "#lib/errors.ts";
import { applyEffect, type CallRow } from "./call-effects.ts";
import { queueKeepStory } from "./jobs.ts";
import { changed, type Db, maybeRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/** What calls leave behind. Each method is durable when it resolves, and harmless when it is done twice. */
export const createCallLog = (pool: Pool): CallLog => ({
  begin: (call) => inTransaction(pool, (tx) => begin(tx, call)),
  keep: (step) => inTransaction(pool, (tx) => keep(tx, step)),
  partBegun: (part) => inTransaction(pool, (tx) => partBegun(tx, part)),
  partEnded: (part) => partEnded(pool, part),
  end: (ending) => inTransaction(pool, (tx) => end(tx, ending)),
});

/** The flow's last state that was kept of it; null where it never began. */
export async function callState(db: Db, callId: string): Promise<unknown> {
  const row = await maybeRow<{ state: unknown }>(db, "select flow_state as state from call where id = $1", [
    callId,
  ]);
  return row?.state ?? null;
}

export async function begin(tx: Tx, call: NewCall): Promise<void> {
  // One whose outcome was given up as unknown stays so until its end is written: its number may be in a call by now.
  await tx.query(
    `update attempt set state = case state when 'dialing' then 'live' else state end, answered_at = $2
     where id = $1 and (state = 'dialing' or (state in ('unknown', 'ended') and answered_at is null))`,
    [call.attemptId, call.answeredAt],
  );
  const begun = await changed(
    tx,
    `insert into call (id, attempt_id, visit_id, trust, unit, flow, flow_version, answered_at, flow_state)
     select $1, a.id, a.visit_id, a.trust, a.unit, $3, $4, $5, $6 from attempt a
     where a.id = $2 and a.state not in ('intent', 'refused')
     on conflict (id) do nothing`,
    [call.id, call.attemptId, call.flow, call.flowVersion, call.answeredAt, call.state],
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
  where k.id = $1 and k.sequence < $2
  returning k.id, k.attempt_id as "attemptId", k.visit_id as "visitId", k.trust, k.unit, k.direction,
    coalesce(k.phone_hmac, (select v.phone_hmac from visit v where v.id = k.visit_id)) as "phoneHmac",
    (select v.person_hmac from visit v where v.id = k.visit_id) as "personHmac"`,
};

const KEEP_KEY = {
  name: "keep-key",
  text: `insert into key_press (call_id, sequence, trust, unit, digit, step, pressed_at)
    values ($1, $2, $3, $4, $5, $6, $7)`,
};

export async function keep(tx: Tx, { callId, sequence, key, state, effects }: CallStep): Promise<void> {
  const call = await maybeRow<CallRow>(tx, KEEP, [callId, sequence, state]);
  if (call === null) return requireCall(tx, callId);
  if (key) {
    const values = [callId, sequence, call.trust, call.unit, key.digit, key.step, key.pressedAt];
    await tx.query({ ...KEEP_KEY, values });
    crashPoint("key-written");
  }
  for (const effect of effects) await applyEffect(tx, call, effect, state);
}

async function requireCall(tx: Tx, callId: string): Promise<void> {
  if (await maybeRow(tx, "select id from call where id = $1", [callId])) return;
  throw new AppError("call_missing", "A step belongs to a call that was never begun.", { callId });
}

export async function partBegun(tx: Tx, { callId, name, take, part }: NewPart): Promise<void> {
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
  { name, durationMs, speechMs }: Parameters<CallLog["partEnded"]>[0],
): Promise<void> {
  await db.query(
    `update recording set state = 'ended', line_duration_ms = $2, line_speech_ms = $3
     where name = $1 and state = 'recording'`,
    [name, durationMs && Math.round(durationMs), speechMs && Math.round(speechMs)],
  );
}

async function end(
  tx: Tx,
  { id, disposition, endedBy, machine }: Parameters<CallLog["end"]>[0],
): Promise<void> {
  const row = await maybeRow<{ recorded: boolean }>(
    tx,
    `update call set ended_at = clock_timestamp(), disposition = $2, ended_by = $3, machine_by = $4,
       machine_false_alarm = $5
     where id = $1 and ended_at is null
     returning exists (select from recording r where r.call_id = call.id) as recorded`,
    [id, disposition, endedBy, machine?.by ?? null, machine?.falseAlarm ?? null],
  );
  if (row?.recorded) await queueKeepStory(tx, id);
  crashPoint("call-ended");
}
