import type { Pool } from "pg";
import type { SettledBy } from "#campaign/evidence.ts";
import type { AttemptEnding } from "#campaign/ports.ts";
import type { UnknownAttempt, UnknownAttempts } from "#campaign/settle-unknown.ts";
import { type Before, moveVisit, settlePromise, writeEnd } from "./end-attempt.ts";
import { maybeRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

/** Each is looked at with its own Asterisk; of more than this the rest waits for the next round. */
const atOnce = 500;

/** `counted` and `uncountedInARow` as they were before this attempt: as unknown it has been counted already. */
const LIST = `
  select a.id, a.visit_id as "visitId", a.campaign_id as "campaignId", a.number, a.reason, a.again, v.language,
    v.attempts - a.counts::int as counted, v.uncounted_in_a_row as "uncountedInARow", a.channel_id as "channelId", a.node,
    a.entity_id as "entityId",
    (extract(epoch from clock_timestamp() - a.dialed_at) * 1000)::float8 as "agoMs",
    a.ringing_at is not null or a.answered_at is not null
      or exists (select from call k where k.attempt_id = a.id) as "seenToRing"
  from attempt a join visit v on v.id = a.visit_id
  where a.state = 'unknown' and a.evidence is null
  order by a.dialed_at
  limit $1`;

export const createUnknownAttempts = (pool: Pool): UnknownAttempts => ({
  list: () => rows<UnknownAttempt>(pool, LIST, [atOnce]),
  settle: (attempt, ending, by) => settle(pool, attempt, ending, by),
  giveUp: async (attemptId) => {
    await pool.query(
      `update attempt set evidence = 'none' where id = $1 and state = 'unknown' and evidence is null`,
      [attemptId],
    );
  },
});

const settle = (
  pool: Pool,
  attempt: UnknownAttempt,
  ending: AttemptEnding,
  by: SettledBy,
): Promise<boolean> =>
  inTransaction(pool, async (tx) => {
    // The visit before the attempt, as claim.ts takes them: the other way round the two can deadlock.
    await tx.query("select from visit where id = $1 for no key update", [attempt.visitId]);
    const before = await close(tx, attempt, ending, by);
    if (before === null) return false;
    await reopenPromise(tx, attempt);
    if (ending.disposition === "pending") {
      await giveBack(tx, attempt, ending);
      return true;
    }
    await moveVisit(tx, attempt, ending, before);
    await settlePromise(tx, attempt, ending);
    return true;
  });

/** Whoever comes first settles it; an instance that looked at the same time finds it settled. */
async function close(
  tx: Tx,
  { id }: UnknownAttempt,
  ending: AttemptEnding,
  by: SettledBy,
): Promise<Before | null> {
  const before = await maybeRow<Before>(
    tx,
    `select state, counts from attempt where id = $1 and state = 'unknown' and evidence is null for no key update`,
    [id],
  );
  if (before === null) return null;
  await writeEnd(tx, id, ending);
  await tx.query("update attempt set evidence = $2 where id = $1", [id, by]);
  return before;
}

/** When its call was unknown the promise was taken for broken, and was perhaps not. */
const reopenPromise = (tx: Tx, { visitId, reason }: UnknownAttempt) =>
  tx.query(
    `update callback b set state = 'promised', tries = tries - 1
     where b.id = (select l.id from callback l where l.visit_id = $1 order by l.asked_at desc limit 1)
       and b.state = 'broken' and $2`,
    [visitId, reason === "callback"],
  );

/** It was never dialled: nothing of it counts, and the visit is as due as before, unless staff decided otherwise. */
const giveBack = (tx: Tx, { visitId, number, reason, again }: UnknownAttempt, { follows }: AttemptEnding) =>
  tx.query(
    `update visit v
     set status = 'due', attempts = attempts - 1, tried = tried - 1, next_reason = $3, next_again = $4,
       not_before = coalesce($5, not_before),
       disposition = case when $3 = 'callback' then 'callback' else coalesce(
         (select a.disposition from attempt a where a.visit_id = v.id and a.number < $2 and a.state = 'ended'
            and a.disposition <> 'pending' order by a.number desc, a.claimed_at desc limit 1), 'pending') end
     where id = $1 and status = 'done' and disposition = 'unknown'`,
    [visitId, number, reason, again, follows.kind === "done" ? null : follows.at],
  );
