/**
 * Answers that come when others may have settled their call already, knowing less: what the patient said wins. Each is
 * harmless when it is done twice.
 */
import type { CallStep } from "#call/ports.ts";
import type { Effect } from "#flow/state.ts";
import { applyEffect, type CallRow, deleteStories } from "./call-effects.ts";
import { keep } from "./calls.ts";
import { inOtherHands } from "./end-call-late.ts";
import { changed, maybeRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** As a step in time; and where the call went on without it, in another's hands, its key and its wishes still count. */
export async function keepLate(tx: Tx, of: string, step: CallStep): Promise<void> {
  const { callId, sequence, key, state, effects } = step;
  const before = await maybeRow<{ sequence: number; elsewhere: boolean }>(
    tx,
    `select sequence, ${inOtherHands("call.attempt_id", "$2")} as elsewhere from call where id = $1 for update`,
    [callId, of],
  );
  if (before === null || (before.sequence < sequence && !before.elsewhere)) return keep(tx, null, step);
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
  for (const effect of effects.filter(isWish)) await applyEffect(tx, call, effect, state);
  // What the person told afterwards, to whoever had the call then, is another story.
  if (effects.some(({ kind }) => kind === "delete-story")) await deleteStories(tx, callId, state.story.take);
}

/** What a person wants whatever else was said in the call. */
const isWish = ({ kind }: Effect): boolean => kind === "opt-out" || kind === "wrong-person";
