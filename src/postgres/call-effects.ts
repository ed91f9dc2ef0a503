import type { AnswerValue, Effect, FlowState } from "#flow/state.ts";
import { crashPoint } from "#lib/crash-point.ts";
import { AppError } from "#lib/errors.ts";
import { destroyDeleted } from "./erase-story.ts";
import { MADE_IN_TIME } from "./promise-book.ts";
import { maybeRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** The call that a step belongs to, with the hashes by which its person and number are found. */
export interface CallRow {
  id: string;
  direction: "outbound" | "inbound";
  /** These two are null until one who rings us has said who they are. */
  attemptId: string | null;
  visitId: string | null;
  trust: string;
  unit: string;
  /** Null where a number was withheld. */
  phoneHmac: Buffer | null;
  personHmac: Buffer | null;
}

/** Makes one lasting change, in the transaction of the key that caused it. */
export async function applyEffect(tx: Tx, call: CallRow, effect: Effect, state: FlowState): Promise<void> {
  crashPoint(`effect-${effect.kind}`);
  switch (effect.kind) {
    case "answer":
      return answer(tx, call, effect);
    case "declined":
      await tx.query("update call set declined = true where id = $1", [call.id]);
      return;
    case "wrong-person":
      return wrongPerson(tx, call);
    case "opt-out":
      return optOut(tx, call, confirmedPerson(state), effect.number ?? null);
    case "undo-opt-out":
      await tx.query(
        `update opt_out set revoked_at = clock_timestamp()
         where call_id = $1 and source in ('key', 'ring_back') and revoked_at is null`,
        [call.id],
      );
      return;
    case "callback":
      return promise(tx, call, effect.at);
    case "keep-take":
      return keepTake(tx, call, effect.take);
    case "delete-story":
      return deleteStories(tx, call.id, null);
  }
}

/**
 * All tellings, or those up to one. What is not stored yet is done away with by the job that would store it.
 * @param lastTake where the key was pressed and its writing came late; what was told after it stays
 */
export async function deleteStories(tx: Tx, callId: string, lastTake: number | null): Promise<void> {
  const deleted = await rows<{ id: string; audio: string }>(
    tx,
    `update story set state = 'deleted' where call_id = $1 and state <> 'deleted' and ($2::int is null or take <= $2)
     returning id, audio`,
    [callId, lastTake],
  );
  for (const { id, audio } of deleted)
    if (audio === "stored") await destroyDeleted(tx, id, { fileGone: false });
}

/** Key 1 was pressed to "Are you the person ...?": what this caller asks, the person asks, not only the number. */
const confirmedPerson = (state: FlowState): boolean => state.confirmed;

export interface Answers {
  rating: number | null;
  shareConsent: boolean | null;
  /** Each question once: what was answered last. */
  others: { name: string; value: AnswerValue }[];
}

/**
 * The rating and the consent have columns of their own; any other answer is a row, which a later one writes over.
 * @throws AppError `answer_type`
 */
export function answersIn(callId: string, effects: readonly Effect[]): Answers {
  const answers: Omit<Answers, "others"> = { rating: null, shareConsent: null };
  const others = new Map<string, AnswerValue>();
  for (const effect of effects) {
    if (effect.kind !== "answer") continue;
    const { name, value } = effect;
    if (name === "rating" && typeof value === "number") answers.rating = value;
    else if (name === "shareConsent" && typeof value === "boolean") answers.shareConsent = value;
    else if (name === "rating" || name === "shareConsent") {
      const message = `The flow gives "${name}" a value of the wrong type.`;
      throw new AppError("answer_type", message, { callId, name });
    } else others.set(name, value);
  }
  return { ...answers, others: [...others].map(([name, value]) => ({ name, value })) };
}

async function answer(tx: Tx, call: CallRow, effect: Effect): Promise<void> {
  const { rating, shareConsent, others } = answersIn(call.id, [effect]);
  if (rating !== null) await tx.query("update call set rating = $2 where id = $1", [call.id, rating]);
  if (shareConsent !== null)
    await tx.query("update call set share_consent = $2 where id = $1", [call.id, shareConsent]);
  for (const { name, value } of others)
    await tx.query({ ...KEEP_ANSWER, values: [call.id, call.trust, call.unit, name, JSON.stringify(value)] });
}

const KEEP_ANSWER = {
  name: "keep-answer",
  text: `insert into answer (call_id, trust, unit, question, value) values ($1, $2, $3, $4, $5)
    on conflict (call_id, question) do update set value = excluded.value, answered_at = clock_timestamp()`,
};

/** Ends this pair of person and number, and reports it as a fault in the trust's data. */
async function wrongPerson(tx: Tx, call: CallRow): Promise<void> {
  await tx.query("update call set wrong_person = true where id = $1", [call.id]);
  await tx.query("update visit set data_fault = 'wrong_person' where id = $1", [call.visitId]);
  await suppress(tx, call, {
    scope: "pair",
    source: "wrong_person",
    phone: call.phoneHmac,
    person: call.personHmac,
  });
}

/** @param keyed the hash of another number than the call's own: that one then, and no person */
async function optOut(tx: Tx, call: CallRow, confirmed: boolean, keyed: string | null): Promise<void> {
  const source = call.direction === "inbound" ? "ring_back" : "key";
  const phone = keyed === null ? call.phoneHmac : Buffer.from(keyed, "hex");
  if (phone === null)
    throw new AppError("opt_out_nobody", "There is no number to take off the list.", { callId: call.id });
  await suppress(tx, call, { scope: "number", source, phone, person: null });
  if (!confirmed || keyed !== null || call.personHmac === null) return;
  await suppress(tx, call, { scope: "person", source, phone: null, person: call.personHmac });
}

interface Suppression {
  scope: "number" | "person" | "pair";
  source: "key" | "ring_back" | "wrong_person";
  phone: Buffer | null;
  person: Buffer | null;
}

const suppress = (tx: Tx, call: CallRow, { scope, source, phone, person }: Suppression) =>
  tx.query(
    `insert into opt_out (trust, unit, scope, source, phone_hmac, person_hmac, call_id)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (call_id, scope, phone_hmac) where revoked_at is null and call_id is not null do nothing`,
    [call.trust, call.unit, scope, source, phone, person, call.id],
  );

const LATER_ATTEMPT = `
  select from attempt where visit_id = $1 and number > (select number from attempt where id = $2) limit 1`;

/** A promise replaces the one before it: kept, where this call was made to keep it; else the person chose anew. */
async function promise(tx: Tx, call: CallRow, at: string): Promise<void> {
  // One that comes late does not undo what was agreed, or done, in a later call.
  if (await maybeRow(tx, LATER_ATTEMPT, [call.visitId, call.attemptId])) return;
  await tx.query(
    `update callback b
     set state = case when a.reason <> 'callback' or b.call_id = $2 then 'withdrawn'
         when ${MADE_IN_TIME} then 'kept' else 'broken' end,
       tries = tries + case when a.reason = 'callback' and b.call_id <> $2 then 1 else 0 end
     from attempt a where b.visit_id = $1 and b.state = 'promised' and a.id = $3`,
    [call.visitId, call.id, call.attemptId],
  );
  await tx.query("insert into callback (visit_id, call_id, trust, unit, due) values ($1, $2, $3, $4, $5)", [
    call.visitId,
    call.id,
    call.trust,
    call.unit,
    at,
  ]);
}

/** Two statements: there is one kept take a call at every moment. A deleted take stays deleted. */
async function keepTake(tx: Tx, call: CallRow, take: number): Promise<void> {
  await tx.query(
    "update story set state = 'superseded' where call_id = $1 and take <> $2 and state in ('open', 'kept')",
    [call.id, take],
  );
  await tx.query(
    "update story set state = 'kept' where call_id = $1 and take = $2 and state in ('open', 'superseded')",
    [call.id, take],
  );
}
