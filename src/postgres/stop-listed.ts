import type { DoNotCallReason, Stop } from "#campaign/contact.ts";
import type { VisitsAdded } from "#campaign/ports.ts";
import type { Refusal } from "#campaign/refusals.ts";
import { rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

interface Found {
  id: string;
  status: string;
  disposition: string;
  stopAsked: string | null;
  /** "withdrawn", "held", or a reason not to call. */
  wanted: string;
  attempts: { id: string; state: "intent" | "dialing" | "live" | "unknown" }[];
}

/**
 * A later list wants these visits of its campaign not to be called. What has not been dialled is stopped here; where the
 * telephone rings, or nobody knows yet whether it did, the wish is kept with the visit and taken up afterwards (migration
 * 0018). Those that are stopped, or done with, already are left as they are.
 */
export async function stopListed(
  tx: Tx,
  campaignId: string,
  visits: readonly Stop[],
): Promise<Pick<VisitsAdded, "stopped" | "ringing">> {
  return stopAll(
    tx,
    await lockAll(tx, LISTED, [campaignId, visits.map(({ visitRef }) => visitRef), visits.map(wantedOf)]),
  );
}

/**
 * What a list says of a person holds for all their visits of that trust, in every campaign, and for those that come
 * later: each person is taken off the list for good, beside whatever else keeps them off it.
 */
export async function stopPeople(tx: Tx, people: readonly ListedPerson[]): Promise<void> {
  if (people.length === 0) return;
  const column = (of: (listed: ListedPerson) => unknown) => people.map(of);
  const reasons = [column(({ person }) => person), column(({ because }) => because)];
  await tx.query(
    `insert into opt_out (scope, source, person_hmac, because, trust, unit)
     select 'person', 'import', r.* from unnest($1::bytea[], $2::text[], $3::text[], $4::text[]) as r
     on conflict (person_hmac, because) where source = 'import' do nothing`,
    [...reasons, column(({ trust }) => trust), column(({ unit }) => unit)],
  );
  await stopAll(tx, await lockAll(tx, OF_PEOPLE, [...reasons, column(({ trust }) => trust)]));
}

export interface ListedPerson {
  /** The keyed hash. */
  person: Buffer;
  because: DoNotCallReason;
  trust: string;
  unit: string;
}

async function stopAll(tx: Tx, all: readonly Found[]): Promise<Pick<VisitsAdded, "stopped" | "ringing">> {
  const found = all.filter((visit) => !isStopped(visit));
  const [later, now] = [found.filter(isDialled), found.filter((visit) => !isDialled(visit))];
  await tx.query(
    `update visit v set stop_asked = case when r.wanted = 'held' then coalesce(v.stop_asked, r.wanted) else r.wanted end
     from unnest($1::uuid[], $2::text[]) as r (id, wanted) where v.id = r.id`,
    [later.map(({ id }) => id), later.map(({ wanted }) => wanted)],
  );
  await stopNow(tx, now);
  const ringing = later.filter(({ attempts }) => attempts.some(({ state }) => state !== "unknown"));
  return { stopped: found.length, ringing: ringing.length };
}

const LISTED = `unnest($2::text[], $3::text[]) as r (visit_ref, wanted)
  join visit v on v.campaign_id = $1 and v.visit_ref = r.visit_ref`;

const OF_PEOPLE = `(select distinct on (person, trust) * from unnest($1::bytea[], $2::text[], $3::text[])
    as r (person, wanted, trust)) as r
  join visit v on v.person_hmac = r.person and v.trust = r.trust
    and (v.status in ('due', 'calling', 'held') or v.disposition = 'unknown')
  join opt_out o on o.person_hmac = r.person and o.because = r.wanted and o.source = 'import' and o.revoked_at is null`;

/** The visits before their attempts, as claim.ts takes them: the other way round the two can deadlock. */
async function lockAll(tx: Tx, from: string, values: unknown[]): Promise<Found[]> {
  const found = await rows<Omit<Found, "attempts">>(
    tx,
    `select v.id, v.status, v.disposition, v.stop_asked as "stopAsked", r.wanted from ${from}
     order by v.id for no key update of v`,
    values,
  );
  const open = await rows<Found["attempts"][number] & { visitId: string }>(
    tx,
    `select id, visit_id as "visitId", state from attempt
     where visit_id = any($1::uuid[]) and state in ('intent', 'dialing', 'live', 'unknown')
     order by visit_id for no key update`,
    [found.map(({ id }) => id)],
  );
  const byVisit = Map.groupBy(open, ({ visitId }) => visitId);
  return found.map((visit) => ({ ...visit, attempts: byVisit.get(visit.id) ?? [] }));
}

const wantedOf = ({ doNotCallReason, visitStatus }: Stop) => doNotCallReason ?? visitStatus;

const isDialled = ({ attempts }: Found): boolean => attempts.some(({ state }) => state !== "intent");

function isStopped({ status, disposition, stopAsked, wanted }: Found): boolean {
  if (stopAsked === wanted || status === "withdrawn") return true;
  // Evidence may still bring it back into the queue.
  if (status === "done") return disposition !== "unknown";
  return status === "held" && wanted === "held";
}

/** Changing an attempt's row is what keeps commit-to-ring.ts, which may be at it in the same moment, from dialling. */
async function stopNow(tx: Tx, visits: readonly Found[]): Promise<void> {
  const refusalOf = ({ wanted }: Found): Refusal =>
    wanted === "held" ? "visit-held" : wanted === "withdrawn" ? "visit-withdrawn" : "do-not-call";
  const [ids, wanted] = [visits.map(({ id }) => id), visits.map((visit) => visit.wanted)];
  await tx.query(
    `update attempt a set state = 'refused', refused_because = r.because, ended_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[]) as r (visit_id, because)
     where a.visit_id = r.visit_id and a.state = 'intent'`,
    [ids, visits.map(refusalOf)],
  );
  // For the visit's history (migration 0015).
  await tx.query("select set_config('hearback.acting_staff', 'a later list', true)");
  await tx.query(
    `with stopped as (
       update visit v
       set status = case when r.wanted in ('withdrawn', 'held') then r.wanted else 'done' end,
         disposition = case when r.wanted in ('withdrawn', 'held') then v.disposition else 'suppressed' end,
         do_not_call_reason = case when r.wanted in ('withdrawn', 'held') then v.do_not_call_reason else r.wanted end
       from unnest($1::uuid[], $2::text[]) as r (id, wanted) where v.id = r.id
       returning v.id, v.trust, v.unit, v.status
     ),
     promises as (
       update callback b set state = 'withdrawn' from stopped s
       where b.visit_id = s.id and b.state = 'promised' and s.status <> 'held'
     )
     insert into passed_over (visit_id, trust, unit, because)
     select id, trust, unit, 'do-not-call' from stopped where status = 'done'`,
    [ids, wanted],
  );
}
