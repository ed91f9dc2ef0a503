import type { Pool } from "pg";
import { type Disposition, isNetworksWord, knowledgeIn } from "#call/disposition.ts";
import type { EndOfAttempt } from "#call/spool.ts";
import { endAttempt } from "./end-attempt.ts";
import { inOtherHands } from "./end-call-late.ts";
import { maybeRow } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

interface Standing {
  state: string;
  disposition: Disposition | null;
  counts: boolean;
  /** Another goes on with its call. */
  elsewhere: boolean;
  /** Its end was seen: whoever goes on with it holds nothing. */
  isOver: boolean;
  /** No attempt at this visit came after it. */
  isLast: boolean;
}

/**
 * The end of an attempt, told by whoever saw it, after others may have settled it: the ending that says less gives way. The
 * visit follows it too, unless it has been called again, or taken out of the list, since.
 * @param by in whose name it is ended, and who saw it
 */
export async function endAttemptLate(
  pool: Pool,
  by: { owner: string; of: string },
  end: EndOfAttempt,
): Promise<void> {
  const mayEnd = await inTransaction(pool, async (tx) => {
    // The visit before the attempt, as claim.ts takes them: the other way round the two can deadlock.
    await tx.query("select from visit where id = $1 for no key update", [end.attempt.visitId]);
    const now = await standing(tx, end.attempt.id, by.of);
    if (now === null || now.state === "refused") return false;
    // The network's own word, and a hang-up that was seen, are true in whose hands the call may be.
    if (now.elsewhere && !now.isOver && !isNetworksWord(end.ending.disposition)) return false;
    if (now.state !== "ended") return adopt(tx, by.owner, end.attempt.id);
    const { disposition } = end.ending;
    if (now.disposition === disposition || disposition === "unknown" || disposition === "pending")
      return false;
    if (now.disposition && knowledgeIn(disposition) < knowledgeIn(now.disposition)) return false;
    return now.isLast ? reopen(tx, by.owner, end) : correct(tx, end, now);
  });
  if (mayEnd) await endAttempt(pool, by.owner, end.attempt, end.ending);
}

const standing = (tx: Tx, attemptId: string, of: string): Promise<Standing | null> =>
  maybeRow<Standing>(
    tx,
    `select state, disposition, counts, ${inOtherHands("a.id", "$2")} as elsewhere,
       exists (select from call k where k.attempt_id = a.id and k.ended_by in ('us', 'them')) as "isOver",
       not exists (select from attempt l where l.visit_id = a.visit_id and l.claimed_at > a.claimed_at) as "isLast"
     from attempt a where id = $1 for no key update`,
    [attemptId, of],
  );

async function adopt(tx: Tx, owner: string, attemptId: string): Promise<boolean> {
  await tx.query("update attempt set owner = $2 where id = $1", [attemptId, owner]);
  return true;
}

/** Back to "nobody knows", from where evidence may settle it like any other. */
async function reopen(tx: Tx, owner: string, { attempt }: EndOfAttempt): Promise<boolean> {
  await tx.query("update attempt set state = 'unknown', disposition = 'unknown', owner = $2 where id = $1", [
    attempt.id,
    owner,
  ]);
  await tx.query(
    "update visit set status = 'done', disposition = 'unknown' where id = $1 and status in ('due', 'done')",
    [attempt.visitId],
  );
  return true;
}

/** The visit has gone on: only what is said of this attempt changes. */
async function correct(tx: Tx, { attempt, ending }: EndOfAttempt, before: Standing): Promise<false> {
  const { disposition, cause, sipCode, counts, rang, contact, silent, numberRestsUntil } = ending;
  await tx.query(
    `update attempt set disposition = $2, cause = $3, sip_code = $4, counts = $5, rang = $6, contact = $7, silent = $8,
       number_rests_until = $9
     where id = $1`,
    [attempt.id, disposition, cause, sipCode, counts, rang, contact, silent, numberRestsUntil],
  );
  await tx.query("update visit set attempts = attempts + $2 where id = $1", [
    attempt.visitId,
    Number(counts) - Number(before.counts),
  ]);
  return false;
}
