/** Who is alive, and who is not: by the database's clock, and by a lock that Postgres itself frees when a process dies. */
import type { Pool } from "pg";
import { longestCallHours } from "#campaign/longest-call.ts";
import type { AbandonedAttempt } from "#campaign/ports.ts";
import { AppError } from "#lib/errors.ts";
import { languageOfVisit } from "./language-of-visit.ts";
import { lotOf, releaseOfVisit } from "./release-of-visit.ts";
import { changed, type Db, oneRow, rows } from "./rows.ts";

export interface Lease {
  /** A name that no other process has ever used (lib/ids.ts newName): never the host's name alone. */
  owner: string;
  /** The Stasis application under which it dials; null for a process that does not. */
  app: string | null;
  /** Frozen, or cut off from the database, for so long: dead, whatever its lock says. */
  leaseMs: number;
  /** Its lock is free (instance-lease.ts) and it has been silent for so long: dead. */
  silentMs: number;
  /** Who has not renewed without a gap for so long judges nobody: the database may have been away for all. */
  steadyMs: number;
  /** And nobody who may only have stood still, perhaps with all the machine, before so long: usually a whole lease. */
  watchMs: number;
}

/**
 * Renewals every half second; two that are missed are no accident. Whoever lost the database like the judge has it again
 * 2.5 s after it at the latest (instance-lease.ts), and has renewed before he is judged. Whom a database that was away for all lets look
 * silent for `silentMs` must look to whoever judges like a gap of its own: GAP and half a second are less than it.
 */
export const usualLease = { leaseMs: 5_000, silentMs: 1_600, steadyMs: 3_500, watchMs: 5_000 };

/** A renewal later than this is a gap: nothing can be said of that time, for oneself or for others. */
const GAP = "interval '1 second'";
/** The advisory lock of an instance, by its name. */
export const instanceLockKey = (owner: string): string =>
  `hashtextextended('hearback instance ' || ${owner}, 0)`;

/** Held by the session for as long as it lives. False while an earlier session of ours, cut off, still has it. */
export async function tryInstanceLock(db: Pick<Db, "query">, owner: string): Promise<boolean> {
  const { rows } = await db.query(`select pg_try_advisory_lock(${instanceLockKey("$1::text")}) as held`, [
    owner,
  ]);
  return rows[0].held;
}

const RENEW = {
  name: "renew-lease",
  text: `insert into housekeeping.instance as i (owner, app, alive_until)
    values ($1, $3, clock_timestamp() + $2 * interval '1 ms')
    on conflict (owner) do update set alive_until = excluded.alive_until, renewed_at = clock_timestamp(),
      steady_since = case when i.renewed_at < clock_timestamp() - ${GAP} then clock_timestamp() else i.steady_since end
    where i.dead_at is null`,
};

/**
 * Says that we are alive for another `leaseMs`.
 * @throws AppError `instance_replaced` once another instance has taken over our calls: stop all work then
 */
export async function renewLease(
  db: Pick<Db, "query">,
  { owner, app = null, leaseMs }: Pick<Lease, "owner" | "leaseMs"> & Partial<Lease>,
): Promise<void> {
  const { rowCount } = await db.query({ ...RENEW, values: [owner, leaseMs, app] });
  if (rowCount === 0)
    throw new AppError("instance_replaced", "Another instance has taken over our calls.", { owner });
}

const IS_FRESH = {
  name: "lease-is-fresh",
  text: `select exists (select from housekeeping.instance
    where owner = $1 and dead_at is null and alive_until > clock_timestamp() + $2 * interval '0.5 ms') as fresh`,
};

/** Renews a lease of which half has gone: whoever works is alive. */
export async function keepAlive(db: Db, lease: Lease): Promise<void> {
  const row = await oneRow<{ fresh: boolean }>(db, IS_FRESH, [lease.owner, lease.leaseMs]);
  if (!row.fresh) await renewLease(db, lease);
}

/**
 * Whether a channel is nobody's: the instance behind the Stasis application that it was dialled under (`...-OWNER`) is
 * dead, and nobody alive has made its attempt their own. Not at once: whoever declared it dead reads first what it left in
 * its spool, and takes its calls over then.
 */
export async function isAbandoned(db: Db, channelId: string, app: string): Promise<boolean> {
  const { abandoned } = await oneRow<{ abandoned: boolean }>(
    db,
    `select exists (select from housekeeping.instance i where i.dead_at < clock_timestamp() - interval '10 seconds' and $2 like '%-' || i.owner)
       and not exists (select from attempt a join housekeeping.instance i on i.owner = a.owner and i.dead_at is null
         where a.channel_id = coalesce(substring($1 from '^hb-[0-9a-f-]{36}'), $1) and a.state in ('dialing', 'live')) as abandoned`,
    [channelId, app],
  );
  return abandoned;
}

/**
 * A claim of ours whose answer was lost on its way leaves attempts that nobody here knows of: their visits would wait,
 * and their numbers be barred, for as long as we live. One that is settled cannot be committed any more.
 */
const claimLostAfter = "5 minutes";
/**
 * What we took over so long ago, and is open, we never heard that we took, or could not settle: nothing rings for as long,
 * and no call with all its talks lasts as long.
 */
const longest = { ringing: "1 hour", call: `${longestCallHours} hours` };

/** An orderly end: whatever we leave open is for others at once. */
export async function giveUpLease(db: Pick<Db, "query">, { owner }: Lease): Promise<void> {
  await db.query(
    "update housekeeping.instance set dead_at = clock_timestamp() where owner = $1 and dead_at is null",
    [owner],
  );
}

/**
 * The lock of a suspect is tested by taking it until the statement's end. Who holds it may only have stood still, perhaps
 * with us and the whole machine: it is judged by a lease in which we never did.
 */
const DECLARE_DEAD = {
  name: "declare-dead",
  text: `
  update housekeeping.instance i set dead_at = clock_timestamp()
  from housekeeping.instance us
  where us.owner = $1 and us.dead_at is null and i.dead_at is null and i.owner <> $1
    and ($2 or (us.renewed_at > clock_timestamp() - ${GAP}
      and us.steady_since <= clock_timestamp() - $4 * interval '1 ms'
      and ((i.alive_until < clock_timestamp() and us.steady_since <= clock_timestamp() - $5 * interval '1 ms')
        or (i.renewed_at < clock_timestamp() - $3 * interval '1 ms'
          and pg_try_advisory_xact_lock(${instanceLockKey("i.owner")})))))`,
};

/** From the dead alone: who renews, or commits to ring, after it was declared dead is refused, before its calls change hands. */
const TAKE_OVER = {
  name: "take-over",
  text: `
  with taken as (
    update attempt a set owner = $1, dialled_by = coalesce(a.dialled_by, a.owner), takeovers = a.takeovers + 1
    from attempt before
    where before.id = a.id and a.state in ('intent', 'dialing', 'live') and case when a.owner <> $1 then
        exists (select from housekeeping.instance i where i.owner = $1 and i.dead_at is null)
        and not exists (select from housekeeping.instance i where i.owner = a.owner and i.dead_at is null)
      when a.state = 'intent' then a.claimed_at < clock_timestamp() - interval '${claimLostAfter}'
      else a.dialled_by <> $1 and a.updated_at < clock_timestamp()
        - case a.state when 'dialing' then interval '${longest.ringing}' else interval '${longest.call}' end end
    returning a.*, before.owner as held_by
  )
  select t.id, t.visit_id as "visitId", t.campaign_id as "campaignId", t.number, t.reason, t.again,
    ${languageOfVisit("t.visit_id", "v.language")} as language,
    ${releaseOfVisit("t.visit_id")} as release, ${lotOf("t.person_hmac")} as lot, t.state,
    t.channel_id as "channelId", t.dialed_at as "dialedAt", v.attempts as counted,
    v.uncounted_in_a_row as "uncountedInARow", i.app, t.node,
    extract(epoch from clock_timestamp() - h.renewed_at)::float8 * 1000 as "silentMs",
    case when k.id is not null then json_build_object(
      'id', k.id, 'flowState', k.flow_state, 'release', k.release, 'ended', case when k.ended_by <> 'fault' then k.disposition end, 'sequence', k.sequence,
      'partsBegun', (select coalesce(json_agg(json_build_object('name', r.name,
         'agoMs', extract(epoch from clock_timestamp() - r.created_at)::float8 * 1000)), '[]')
         from recording r where r.call_id = k.id)) end as call
  from taken t join visit v on v.id = t.visit_id left join call k on k.attempt_id = t.id
    left join housekeeping.instance i on i.owner = t.dialled_by left join housekeeping.instance h on h.owner = t.held_by
  order by t.claimed_at`,
};

/**
 * Declares dead whoever gives no sign of life: from here on what it left behind on a disk may be read, and its open
 * attempts be taken.
 * @param onlyInstance every other instance is dead: for a database that only one process ever uses, such as the demo's
 * @returns how many were
 */
export async function declareDead(
  pool: Pool,
  lease: Lease,
  { onlyInstance }: { onlyInstance: boolean },
): Promise<number> {
  const { owner, silentMs, steadyMs, watchMs } = lease;
  await keepAlive(pool, lease);
  return changed(pool, DECLARE_DEAD, [owner, onlyInstance, silentMs, steadyMs, watchMs]);
}

/** Makes the open attempts of the dead ours. */
export const takeFromDead = (pool: Pool, { owner }: Lease): Promise<AbandonedAttempt[]> =>
  rows<AbandonedAttempt>(pool, TAKE_OVER, [owner]);
