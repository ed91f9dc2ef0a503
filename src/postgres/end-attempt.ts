import type { Pool } from "pg";
import { isSaid } from "#call/disposition.ts";
import type { AttemptEnding, ClaimedAttempt } from "#campaign/ports.ts";
import { promiseGoodForMs } from "#campaign/retry-policy.ts";
import { crashPoint } from "#lib/crash-point.ts";
import { MADE_IN_TIME } from "./promise-book.ts";
import { endRingBack } from "./ring-back.ts";
import { changed, maybeRow } from "./rows.ts";
import { inPlannedTransaction, type Tx } from "./transaction.ts";

/**
 * Writes how an attempt ended, what follows for its visit, and what became of a promise. Only for its owner, and only
 * once; afterwards nothing changes, except that evidence may still settle an attempt whose outcome was unknown.
 * @returns whether it was written; one that is not ours any more is end-attempt-late.ts's
 */
export const endAttempt = (
  pool: Pool,
  owner: string,
  attempt: ClaimedAttempt,
  ending: AttemptEnding,
): Promise<boolean> =>
  inPlannedTransaction(pool, async (tx) => {
    if (attempt.reason === "ring_back") return endRingBack(tx, owner, attempt, ending);
    // The visit before the attempt, as claim.ts takes them: the other way round the two can deadlock.
    await changed(tx, LOCK_VISIT, [attempt.visitId]);
    const before = await close(tx, owner, attempt.id, ending);
    if (before === null) return false;
    if (ending.disposition === "pending") {
      await giveBack(tx, attempt, ending);
      return true;
    }
    crashPoint("attempt-closed");
    await moveVisit(tx, attempt, ending, before);
    await settlePromise(tx, attempt, ending);
    return true;
  });

export interface Before {
  state: string;
  counts: boolean;
}

const LOCK_VISIT = { name: "lock-visit", text: "select from visit where id = $1 for no key update" };

const LOCK_ATTEMPT = {
  name: "lock-open-attempt",
  text: `select state, counts from attempt
    where id = $1 and owner = $2
      and (state in ('intent', 'dialing', 'live') or (state = 'unknown' and $3 <> 'unknown'))
    for no key update`,
};

/** The row as it was, locked; null where it is not ours, or has ended already. */
async function close(
  tx: Tx,
  owner: string,
  attemptId: string,
  ending: AttemptEnding,
): Promise<Before | null> {
  const before = await maybeRow<Before>(tx, LOCK_ATTEMPT, [attemptId, owner, ending.disposition]);
  if (before !== null) await writeEnd(tx, attemptId, ending);
  return before;
}

const WRITE_END = {
  name: "write-attempt-end",
  text: `update attempt
    set state = case when $2 = 'unknown' then 'unknown' else 'ended' end, ended_at = clock_timestamp(),
      disposition = $2, cause = $3, sip_code = $4, counts = $5, rang = $6, contact = $7, silent = $8,
      number_rests_until = $9
    where id = $1`,
};

/** The end itself, on a row that is locked. */
export async function writeEnd(tx: Tx, attemptId: string, ending: AttemptEnding): Promise<void> {
  const { disposition, cause, sipCode, counts, rang, contact, silent, numberRestsUntil } = ending;
  const values = [attemptId, disposition, cause, sipCode, counts, rang, contact, silent, numberRestsUntil];
  await changed(tx, WRITE_END, values);
}

/** Nothing was dialled after all: the visit is as due as before. */
async function giveBack(tx: Tx, attempt: ClaimedAttempt, ending: AttemptEnding): Promise<void> {
  const at = ending.follows.kind === "done" ? null : ending.follows.at;
  await tx.query(
    `update visit set status = 'due', not_before = coalesce($2, not_before) where id = $1 and status = 'calling'`,
    [attempt.visitId, at],
  );
}

const MOVE_VISIT = {
  name: "move-visit-on",
  text: `update visit
    set status = $2, disposition = $3, not_before = coalesce($4, not_before), next_reason = $5, next_again = $6,
      attempts = attempts + $7, tried = tried + $8,
      uncounted_in_a_row = case when $9 then 0 else uncounted_in_a_row + $8 end,
      expires_at = greatest(expires_at, $11::timestamptz)
    where id = $1 and (status = 'calling' or ($10 and status = 'done' and disposition = 'unknown'))`,
};

/** An attempt that was unknown has been counted already; `before` tells. */
export async function moveVisit(
  tx: Tx,
  attempt: ClaimedAttempt,
  ending: AttemptEnding,
  before: Before,
): Promise<void> {
  const { follows } = ending;
  const settlesUnknown = before.state === "unknown";
  const values = [
    attempt.visitId,
    follows.kind === "done" ? "done" : "due",
    follows.kind === "callback" ? "callback" : ending.disposition,
    follows.kind === "done" ? null : follows.at,
    follows.kind === "callback" ? "callback" : "retry",
    follows.kind === "callback" && follows.again,
    Number(ending.counts) - Number(before.counts),
    settlesUnknown ? 0 : 1,
    ending.counts,
    settlesUnknown,
    follows.kind === "callback" ? new Date(follows.at.getTime() + promiseGoodForMs) : null,
  ];
  await changed(tx, MOVE_VISIT, values);
}

const SETTLE_PROMISE = {
  name: "settle-promise",
  text: `update callback b set tries = tries + 1,
      state = case when $3 = 'kept' and not ${MADE_IN_TIME} then 'broken' else coalesce($3, state) end
    where b.visit_id = $1 and b.state = 'promised'
      and not exists (select from call k where k.id = b.call_id and k.attempt_id = $2)`,
};
const WITHDRAW_PROMISE = {
  name: "withdraw-promise",
  text: `update callback b set state = 'withdrawn' where b.visit_id = $1 and b.state = 'promised'
    and not ($3 and exists (select from call k where k.id = b.call_id and k.attempt_id = $2))`,
};

/** A promise given in this very call is not the one that this call was to keep. */
export async function settlePromise(tx: Tx, attempt: ClaimedAttempt, ending: AttemptEnding): Promise<void> {
  if (attempt.reason === "callback")
    await changed(tx, SETTLE_PROMISE, [attempt.visitId, attempt.id, ending.promise]);
  if (ending.follows.kind !== "callback") {
    // Given in this very call, and not known to whoever saw it end without a word: settled again by left-behind.ts.
    const values = [attempt.visitId, attempt.id, !isSaid(ending.disposition)];
    await changed(tx, WITHDRAW_PROMISE, values);
  }
}
