import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import type { VisitDesk, VisitRow, VisitStatus } from "#web/ports.ts";
import { pageById } from "./pages.ts";
import { type Db, maybeRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

const SELECT = `select v.id, v.visit_ref as "visitRef", c.name as campaign, v.status, v.disposition, v.attempts,
    v.not_before as "notBefore", v.visit_at as "visitAt", v.site, v.ward, v.service, v.language,
    v.do_not_call_reason as "doNotCallReason", v.data_fault as "dataFault", v.created_at as "createdAt",
    v.updated_at as "updatedAt"
  from visit v join campaign c on c.id = v.campaign_id`;

/** Visits as staff see and stop them; no column of a person's is read here. */
export const createVisitDesk = (pool: Pool): Omit<VisitDesk, "move"> => ({
  // "between": with "=" Postgres may walk along all campaigns' visits in the order of ids until it comes to this one's.
  page: ({ campaignId, status, after, limit }) =>
    pageById<VisitRow>(
      pool,
      (most) => `${SELECT} where v.campaign_id between $1 and $1 and ($2::text is null or v.status = $2)
        and ($3::uuid is null or v.id > $3) order by v.campaign_id, v.id limit ${most}`,
      [campaignId, status, after],
      limit,
    ),
  find: (id) => find(pool, id),
});

const find = (db: Db, id: string): Promise<VisitRow | null> =>
  maybeRow<VisitRow>(db, `${SELECT} where v.id = $1`, [id]);

export type VisitMove = "hold" | "release" | "withdraw";

/** Each move's arrows; a visit that is there already is left as it is, so that asking twice is harmless. */
const arrows: Record<VisitMove, { from: VisitStatus[]; to: VisitStatus }> = {
  hold: { from: ["due", "calling"], to: "held" },
  release: { from: ["held"], to: "due" },
  withdraw: { from: ["due", "calling", "held"], to: "withdrawn" },
};

/** Within a transaction of its own. @param by whom the visit's history names */
export async function moveVisit(tx: Tx, id: string, how: VisitMove, by: string): Promise<VisitRow> {
  // For the visit's history (migration 0017).
  await tx.query("select set_config('hearback.acting_staff', $1, true)", [by]);
  // The visit before its attempts, as claim.ts takes them: the other way round the two can deadlock.
  const locked = await maybeRow<{ status: VisitStatus }>(
    tx,
    "select status from visit where id = $1 for no key update",
    [id],
  );
  if (locked === null) throw new AppError("visit_missing", "There is no such visit.", { visitId: id });
  const { from, to } = arrows[how];
  if (locked.status !== to) {
    if (!from.includes(locked.status)) {
      const message = `The visit is ${locked.status} and cannot become ${to}.`;
      throw new AppError("visit_status", message, { visitId: id, status: locked.status });
    }
    if (locked.status === "calling") await refuseAttempt(tx, id, to);
    await tx.query("update visit set status = $2 where id = $1", [id, to]);
    if (to === "withdrawn") await withdrawPromise(tx, id);
  }
  return (await find(tx, id))!;
}

/**
 * A claimed attempt that is not yet dialled is closed here: changing its row is what keeps commit-to-ring.ts, which may
 * be at it in the same moment, from dialling. One that rings, or may, is not ours to stop.
 */
async function refuseAttempt(tx: Tx, visitId: string, to: VisitStatus): Promise<void> {
  const open = await rows<{ id: string; state: string }>(
    tx,
    `select id, state from attempt where visit_id = $1 and state in ('intent', 'dialing', 'live', 'unknown')
     for no key update`,
    [visitId],
  );
  if (open.some(({ state }) => state !== "intent")) {
    const message =
      "The visit's telephone is being rung, or answered, just now: ask again when the call has ended.";
    throw new AppError("visit_being_called", message, { visitId });
  }
  await tx.query(
    `update attempt set state = 'refused', refused_because = $2, ended_at = clock_timestamp()
     where visit_id = $1 and state = 'intent'`,
    [visitId, `visit-${to}`],
  );
}

const withdrawPromise = (tx: Tx, visitId: string) =>
  tx.query("update callback set state = 'withdrawn' where visit_id = $1 and state = 'promised'", [visitId]);
