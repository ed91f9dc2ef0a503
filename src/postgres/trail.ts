/** The trail of a call, written with its end (0033_trail.sql). */
import type { TrailStep } from "#call/trail.ts";
import { changed } from "./rows.ts";
import type { Tx } from "./transaction.ts";

const COLUMNS = `call_id, sequence, trust, unit, flow, step, language, release, answered_at, entered_ms, left_ms,
  left_by`;

/**
 * Two inserts of one statement: what whoever held the call tells, and before it what is known otherwise.
 * @param source a row of `call`, as `e`; `trail` and `before` are parameters, of `trailValues`
 */
export const trailInserts = (source: string, trail: string, before: string) => ({
  told: `insert into call_step (${COLUMNS})
    select e.id, t.sequence, e.trust, e.unit, t.flow, t.step, t.language, e.release, e.answered_at, t."enteredMs", t."leftMs", t."leftBy"
    from ${source} cross join jsonb_to_recordset(${trail}::jsonb) as t (sequence integer, flow text, step text,
      language text, "enteredMs" integer, "leftMs" integer, "leftBy" text)
    on conflict do nothing`,
  pieced: `insert into call_step (${COLUMNS})
    select e.id, p.sequence, e.trust, e.unit, p.flow, p.step, p.language, e.release, e.answered_at, p.entered_ms, p.left_ms, p.left_by
    from ${source} cross join lateral pieced_trail(e.id, ${before}) p where ${before} > 1
    on conflict do nothing`,
});

const ALL = 2_147_483_647;

export const trailValues = (trail: readonly TrailStep[] = []): [trail: string, before: number] => [
  JSON.stringify(trail),
  trail[0]?.sequence ?? ALL,
];

/** Instead of what was pieced together, by whoever took the call for lost. */
export async function replaceTrail(tx: Tx, callId: string, trail: readonly TrailStep[] = []): Promise<void> {
  await changed(tx, "delete from call_step where call_id = $1", [callId]);
  const { told, pieced } = trailInserts("(select * from call where id = $1) e", "$2", "$3");
  await changed(tx, `with told as (${told}) ${pieced}`, [callId, ...trailValues(trail)]);
}
