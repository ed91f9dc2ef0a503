/** Staff want a visit to be called once more, now: as far as the gates of the dial queue let it. */
import type { Disposition } from "#call/disposition.ts";
import { isRefusal, refusals, wordsOf } from "#campaign/refusals.ts";
import { AppError } from "#lib/errors.ts";
import { campaignById } from "./campaigns.ts";
import { ruleCount, ruleValues, whyNot } from "./gates.ts";
import { maybeRow, oneRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** Nobody was reached, and another try may. */
const retried: readonly Disposition[] = [
  "no_answer",
  "busy",
  "machine",
  "congestion",
  "interrupted",
  "failed",
];

const visitId = `$${ruleCount + 1}`;
const WHY_NOT = `select ${whyNot(
  "statement_timestamp()",
  "(select p.day from permitted_span p where p.campaign_id = $1 and p.span @> statement_timestamp() limit 1)",
)} as because from visit v where v.id = ${visitId}`;

/**
 * Due at once; when it really rings, hours, pace and the gates decide as for every other.
 * @param by whom the visit's history names
 * @throws AppError `visit_missing`, `visit_status` (it is over, or its telephone rings), `visit_not_to_be_called`
 */
export async function retryVisit(tx: Tx, id: string, by: string): Promise<void> {
  // For the visit's history (migration 0017).
  await tx.query("select set_config('hearback.acting_staff', $1, true)", [by]);
  const found = await maybeRow<{ status: string; disposition: Disposition; campaignId: string }>(
    tx,
    `select status, disposition, campaign_id as "campaignId" from visit where id = $1 for no key update`,
    [id],
  );
  if (!found) throw new AppError("visit_missing", "There is no such visit.", { visitId: id });
  const { status, disposition } = found;
  if (status !== "due" && !(status === "done" && retried.includes(disposition))) {
    const stands = status === "done" ? disposition.replaceAll("_", " ") : status;
    throw new AppError("visit_status", `The visit is ${stands} and is not tried again.`, {
      visitId: id,
      status,
    });
  }
  const campaign = (await campaignById(tx, found.campaignId))!;
  const { because } = await oneRow<{ because: string | null }>(tx, WHY_NOT, [...ruleValues(campaign), id]);
  if (because !== null && isRefusal(because) && refusals[because].visit !== "later")
    throw new AppError("visit_not_to_be_called", `The visit is not called: ${wordsOf(because)}.`, {
      visitId: id,
      because,
    });
  await tx.query(
    `update visit set status = 'due', not_before = least(not_before, clock_timestamp()),
       next_reason = case when status = 'due' then next_reason when tried > 0 then 'retry' else 'first' end,
       next_again = status = 'due' and next_again, uncounted_in_a_row = 0
     where id = $1`,
    [id],
  );
}
