/**
 * Answers that come when others may have settled their call already, knowing less: what the patient said wins. Each is
 * harmless when it is done twice.
 */
import type { CallStep } from "#call/ports.ts";
import type { Effect } from "#flow/state.ts";
import { applyEffect, type CallRow, deleteStories } from "./call-effects.ts";
import { keep } from "./calls.ts";
import { inOtherHands } from "./end-call-late.ts";
import { changed, maybeRow, oneRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/**
 * As a step in time; and where the call went on without it, in another's hands, its key and its wishes still count, and
 * its answer where nobody has answered since.
 */
export async function keepLate(tx: Tx, of: string, step: CallStep): Promise<void> {
  const { callId, sequence, key, state, effects } = step;
  const before = await maybeRow<{ sequence: number; elsewhere: boolean; over: boolean }>(
    tx,
    `select sequence, ended_at is not null as over, ${inOtherHands("call.attempt_id", "$2")} as elsewhere
     from call where id = $1 for update`,
    [callId, of],
  );
  if (before === null || (before.sequence < sequence && !before.elsewhere)) {
    await keep(tx, null, step);
    if (before?.over) await tx.query(IS_LATE, [callId, sequence]);
    return;
  }
  if (key === null) return;
  const written = await changed(
    tx,
    `insert into key_press (call_id, sequence, trust, unit, digit, step, pressed_at, late)
     select id, $2, trust, unit, $3, $4, $5, true from call where id = $1
     on conflict do nothing`,
    [callId, sequence, key.digit, key.step, key.pressedAt],
  );
  if (written === 0) return; // the very key; another, pressed in its place after the call had changed hands, is beside it
  const call = await maybeRow<CallRow>(
    tx,
    `select k.id, k.attempt_id as "attemptId", k.visit_id as "visitId", k.trust, k.unit, v.phone_hmac as "phoneHmac",
       v.person_hmac as "personHmac"
     from call k join visit v on v.id = k.visit_id where k.id = $1`,
    [callId],
  );
  if (call === null) return;
  for (const effect of effects)
    if (isWish(effect)) await applyEffect(tx, call, effect, state);
    else if (effect.kind === "callback") {
      if (await isNothingChosen(tx, callId)) await applyEffect(tx, call, effect, state);
    } else if (effect.kind === "answer" && (await nobodyAnsweredSince(tx, callId, key.step, effect.name))) {
      await applyEffect(tx, call, effect, state);
      await tx.query(ALSO_IN_STATE, [callId, effect.name, JSON.stringify(effect.value)]);
    }
  // What the person told afterwards, to whoever had the call then, is another story.
  if (effects.some(({ kind }) => kind === "delete-story")) await deleteStories(tx, callId, state.story.take);
}

/** It is settled by whoever looks for such (left-behind.ts): its call had ended without it. */
const IS_LATE = "update key_press set late = true where call_id = $1 and sequence = $2";

/** Another process that goes on with the call writes its own state over it, and the columns stay. */
const ALSO_IN_STATE =
  "update call set flow_state = jsonb_set(flow_state, array['answers', $2], $3::jsonb) where id = $1";

/** The question is open, or only late keys have answered it. */
async function nobodyAnsweredSince(tx: Tx, callId: string, step: string, name: string): Promise<boolean> {
  const { open } = await oneRow<{ open: boolean }>(
    tx,
    `select case $3 when 'rating' then k.rating is null when 'shareConsent' then k.share_consent is null
         else not exists (select from answer a where a.call_id = k.id and a.question = $3) end
       or not exists (select from key_press p where p.call_id = k.id and p.step = $2 and not p.late) as open
     from call k where k.id = $1`,
    [callId, step, name],
  );
  return open;
}

/** A promise is kept beside a call that went on without it, unless another time was chosen there, or it was answered. */
const isNothingChosen = async (tx: Tx, callId: string): Promise<boolean> =>
  (await maybeRow(
    tx,
    `select from call k where k.id = $1 and k.rating is null and not k.declined
       and not exists (select from callback b where b.call_id = k.id)`,
    [callId],
  )) !== null;

/** What a person wants whatever else was said in the call. */
const isWish = ({ kind }: Effect): boolean => kind === "opt-out" || kind === "wrong-person";
