import type { Pool } from "pg";
import { isSaid } from "#call/disposition.ts";
import type { AttemptEnding, ClaimedAttempt } from "#campaign/ports.ts";
import { promiseGoodForMs } from "#campaign/retry-policy.ts";
import { crashPoint } from "#lib/crash-point.ts";
import { MADE_IN_TIME } from "./promise-book.ts";
import { endRingBack } from "./ring-back.ts";
import { changed, maybeRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/**
 * Writes how an attempt ended, what follows for its visit, and what became of a promise. Only for its owner, and only
 * once; afterwards nothing changes, except that evidence may still settle an attempt whose outcome was unknown.
 * @returns whether it was written; one that is not ours any more is end-attempt-late.ts's
 */
export async function endAttempt(
  pool: Pool,
  owner: string,
  attempt: ClaimedAttempt,
  ending: AttemptEnding,
): Promise<boolean> {
  if (isPlain(attempt, ending) && (await endAtOnce(pool, owner, attempt, ending))) return true;
  return inTransaction(pool, async (tx) => {
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
}

export interface Before {
  state: string;
  counts: boolean;
}

/** The columns of an attempt that is over, and their values from $2 on; $1 is its id. */
const ENDED = `state = case when $2 = 'unknown' then 'unknown' else 'ended' end, ended_at = clock_timestamp(),
    disposition = $2, cause = $3, sip_code = $4, counts = $5, rang = $6, contact = $7, silent = $8,
    number_rests_until = $9`;

function endValues(attemptId: string, ending: AttemptEnding): unknown[] {
  const { disposition, cause, sipCode, counts, rang, contact, silent, numberRestsUntil } = ending;
  return [attemptId, disposition, cause, sipCode, counts, rang, contact, silent, numberRestsUntil];
}

/** What the visit's row says from then on. */
function visitAfter({ disposition, follows }: AttemptEnding) {
  const promised = follows.kind === "callback";
  return {
    status: follows.kind === "done" ? "done" : "due",
    disposition: promised ? "callback" : disposition,
    at: follows.kind === "done" ? null : follows.at,
    reason: promised ? "callback" : "retry",
    again: promised && follows.again,
    /** A promise is kept also where the visit would have expired before. */
    expires: promised ? new Date(follows.at.getTime() + promiseGoodForMs) : null,
  };
}

/** It was dialled, and was to keep no promise. */
const isPlain = ({ reason }: ClaimedAttempt, { disposition }: AttemptEnding): boolean =>
  (reason === "first" || reason === "retry") && disposition !== "pending";

/**
 * All of it in one statement, with the visit locked before the attempt. Not where a later list asks to stop the visit:
 * what hangs on that (0018_later_lists.sql) withdraws the promise by itself, and one statement cannot do so twice.
 */
const END_AT_ONCE = {
  name: "end-attempt",
  text: `with place as materialized (
      select from visit where id = $10 and stop_asked is null for no key update
    ), before as materialized (
      select a.id, a.counts, a.state = 'unknown' as unknown from attempt a
      where a.id = $1 and a.owner = $11 and exists (select from place)
        -- "Is true": as in commit-to-ring.ts.
        and (a.state in ('intent', 'dialing', 'live') or (a.state = 'unknown' and $2 <> 'unknown')) is true
      for no key update of a
    ), closed as (
      update attempt a set ${ENDED} from before b where a.id = b.id
    ), moved as (
      update visit v
      set status = $12, disposition = $13, not_before = coalesce($14, v.not_before), next_reason = $15, next_again = $16,
        attempts = v.attempts + $5::boolean::int - b.counts::int, tried = v.tried + (not b.unknown)::int,
        uncounted_in_a_row = case when $5 then 0 else v.uncounted_in_a_row + (not b.unknown)::int end,
        expires_at = greatest(v.expires_at, $17::timestamptz)
      from before b
      where v.id = $10 and (v.status = 'calling' or (b.unknown and v.status = 'done' and v.disposition = 'unknown'))
    ), withdrawn as (
      update callback b set state = 'withdrawn' from before
      where b.visit_id = $10 and b.state = 'promised' and $15 <> 'callback'
        and not ($18 and exists (select from call k where k.id = b.call_id and k.attempt_id = $1))
    )
    select from before`,
};

async function endAtOnce(
  pool: Pool,
  owner: string,
  attempt: ClaimedAttempt,
  ending: AttemptEnding,
): Promise<boolean> {
  const { status, disposition, at, reason, again, expires } = visitAfter(ending);
  const values = [
    ...endValues(attempt.id, ending),
    ...[attempt.visitId, owner, status, disposition, at, reason, again, expires, !isSaid(ending.disposition)],
  ];
  const ended = (await maybeRow(pool, END_AT_ONCE, values)) !== null;
  if (ended) crashPoint("attempt-closed");
  return ended;
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

const WRITE_END = { name: "write-attempt-end", text: `update attempt set ${ENDED} where id = $1` };

/** The end itself, on a row that is locked. */
export const writeEnd = async (tx: Tx, attemptId: string, ending: AttemptEnding): Promise<void> =>
  void (await changed(tx, WRITE_END, endValues(attemptId, ending)));

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
  const { status, disposition, at, reason, again, expires } = visitAfter(ending);
  const settlesUnknown = before.state === "unknown";
  const values = [
    ...[attempt.visitId, status, disposition, at, reason, again],
    Number(ending.counts) - Number(before.counts),
    settlesUnknown ? 0 : 1,
    ...[ending.counts, settlesUnknown, expires],
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
