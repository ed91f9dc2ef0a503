/** Visits as the people of a trust see and stop them on the pages. */
import type { Pool } from "pg";
import type { CallRecord, FoundVisit, PromiseLine, VisitRoom } from "#web/room/visits/ports.ts";
import { onVisit, seeingVisit } from "./coordinating.ts";
import { retryVisit } from "./retry-visit.ts";
import { inRoom } from "./room.ts";
import { rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";
import { moveVisit } from "./visit-desk.ts";
import { visitHistory } from "./visit-history.ts";

export const createVisitRoom = (pool: Pool): VisitRoom => ({
  find: (who, visitRef) =>
    inRoom(pool, who.userId, (tx) =>
      rows<FoundVisit>(
        tx,
        `select v.id as "visitId", v.visit_ref as "visitRef", c.name as campaign, v.status, v.disposition
         from visit v join campaign c on c.id = v.campaign_id where v.visit_ref = $1
         order by v.created_at desc, v.id limit 50`,
        [visitRef],
      ),
    ),
  call: (who, visitId) =>
    seeingVisit(pool, who, visitId, async (tx, { trust }) => {
      const history = await visitHistory(tx, visitId);
      return history && { trust, history, ...(await insideCalls(tx, visitId)) };
    }),
  move: (who, visitId, { how, reason }) =>
    onVisit<true>(pool, who, visitId, async (tx) => {
      if (how === "retry") await retryVisit(tx, visitId, who.name);
      else await moveVisit(tx, visitId, how, who.name);
      const subject = { kind: "visit", id: visitId };
      return { result: true, audit: { action: `visit-${how}`, subject, reason, details: {} } };
    }),
  promises: (who, since) =>
    inRoom(pool, who.userId, (tx) =>
      rows<PromiseLine>(
        tx,
        `select v.id as "visitId", v.visit_ref as "visitRef", c.name as campaign, b.due, b.asked_at as "askedAt", b.state,
           b.tries, v.status = 'calling' as "beingCalled"
         from callback b join visit v on v.id = b.visit_id join campaign c on c.id = v.campaign_id
         where (b.state = 'promised' or (b.state in ('kept', 'broken') and b.due >= $1))
           and b.trust = any ((select room_trusts('coordinator'))::text[])
         order by b.due, b.id limit 1000`,
        [since],
      ),
    ),
});

/** Of a call that goes on, what its keys tell. A step of which only the end is known is told then. */
const STEPS = `select s.flow, s.step,
    k.answered_at + coalesce(s.entered_ms, s.left_ms, max(s.left_ms) over (partition by k.id), 0) * interval '1 ms' as at
  from call k cross join lateral (
    select flow, step, entered_ms, left_ms, sequence from call_step where call_id = k.id
    union all
    select flow, step, entered_ms, left_ms, sequence from pieced_trail(k.id, 2147483647) where k.ended_at is null) s
  where k.visit_id = $1 order by 3, s.sequence`;
const KEYS = `select coalesce(
    (select s.flow from call_step s where s.call_id = p.call_id and s.step = p.step order by s.sequence limit 1),
    k.flow) as flow, p.step, p.digit, p.pressed_at as at
  from key_press p join call k on k.id = p.call_id where k.visit_id = $1 order by p.pressed_at, p.sequence`;
const PARTS = `select s.take, r.part, r.created_at as at, coalesce(r.duration_ms, r.line_duration_ms) as "durationMs", r.state
  from recording r join story s on s.id = r.story_id where s.visit_id = $1 order by r.created_at, r.id`;
const STORIES = `select take, state, audio, discarded_because as "discardedBecause", updated_at as at
  from story where visit_id = $1 order by created_at, id`;
const TRANSCRIPTS = `select s.take, t.state, t.engine, t.held_because as "heldBecause", t.failed_because as "failedBecause",
    t.updated_at as at
  from transcript t join story s on s.id = t.story_id where s.visit_id = $1 order by t.updated_at, t.id`;

async function insideCalls(tx: Tx, visitId: string): Promise<Omit<CallRecord, "trust" | "history">> {
  const of = <Row extends object>(sql: string) => rows<Row>(tx, sql, [visitId]);
  return {
    steps: await of<CallRecord["steps"][number]>(STEPS),
    keys: await of<CallRecord["keys"][number]>(KEYS),
    parts: await of<CallRecord["parts"][number]>(PARTS),
    stories: await of<CallRecord["stories"][number]>(STORIES),
    transcripts: await of<CallRecord["transcripts"][number]>(TRANSCRIPTS),
  };
}
