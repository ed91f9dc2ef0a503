/** The end of a call, told after others may have ended it knowing less, or more. */
import { type Disposition, knowledgeIn } from "#call/disposition.ts";
import type { EndedCall } from "#call/spool.ts";
import { queueKeepStory } from "./jobs.ts";
import { maybeRow } from "./rows.ts";
import { replaceTrail } from "./trail.ts";
import type { Tx } from "./transaction.ts";

/**
 * Whether somebody else than `of`, who wrote this down, goes on with the call: it counts its own steps, and its end is
 * its own to see. `attempt` names the attempt's id, `of` the parameter.
 */
export const inOtherHands = (attempt: string, of: string): string =>
  `exists (select from attempt held where held.id = ${attempt} and held.state in ('dialing', 'live') and held.owner <> ${of})`;

interface Standing {
  endedBy: EndedCall["endedBy"] | null;
  disposition: Disposition | null;
  elsewhere: boolean;
}

const STANDING = `select ended_by as "endedBy", disposition, ${inOtherHands("call.attempt_id", "$2")} as elsewhere
  from call where id = $1 for update`;

/**
 * An end that was seen stands before one that was only concluded from silence (by a fault), and of two dispositions the
 * one that says more: what was answered in a spool is not undone by a hang-up that another saw.
 * @param at when it was; null: just now
 */
export async function endCallLate(tx: Tx, of: string, call: EndedCall, at: Date | null): Promise<void> {
  const now = await maybeRow<Standing>(tx, STANDING, [call.id, of]);
  if (now === null) return;
  const isSeen = call.endedBy !== "fault";
  if (now.elsewhere && !isSeen) return;
  const says = (now.disposition ? knowledgeIn(now.disposition) : -1) - knowledgeIn(call.disposition);
  const wasSeen = now.endedBy === "us" || now.endedBy === "them";
  if (wasSeen) {
    if (says < 0)
      await tx.query("update call set disposition = $2 where id = $1", [call.id, call.disposition]);
    return;
  }
  const disposition = says > 0 ? now.disposition : call.disposition;
  if (now.endedBy === "fault" && !isSeen && disposition === now.disposition) return;
  await writeEnd(tx, { ...call, disposition: disposition ?? call.disposition }, at);
}

async function writeEnd(
  tx: Tx,
  { id, disposition, endedBy, machine, trail, silent }: EndedCall,
  at: Date | null,
): Promise<void> {
  const row = await maybeRow<{ recorded: boolean }>(
    tx,
    `update call set ended_at = greatest(answered_at, least($6::timestamptz, clock_timestamp())), disposition = $2,
       ended_by = $3, machine_by = $4, machine_false_alarm = $5, silent = coalesce($7, silent)
     where id = $1
     returning exists (select from recording r where r.call_id = call.id) as recorded`,
    [id, disposition, endedBy, machine?.by ?? null, machine?.falseAlarm ?? null, at, silent ?? null],
  );
  await replaceTrail(tx, id, trail);
  if (row?.recorded) await queueKeepStory(tx, id);
}
