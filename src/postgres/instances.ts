import type { Pool } from "pg";
import type { AbandonedAttempt } from "#campaign/ports.ts";
import { AppError } from "#lib/errors.ts";
import { type Db, maybeRow, oneRow, rows } from "./rows.ts";

export interface Lease {
  /** A name that no other process has ever used (lib/ids.ts newName): never the host's name alone. */
  owner: string;
  leaseMs: number;
}

/**
 * Says that we are alive for another `leaseMs`.
 * @throws AppError `instance_replaced` once another instance has taken over our calls: stop all work then
 */
export async function renewLease(db: Db, { owner, leaseMs }: Lease): Promise<void> {
  const row = await maybeRow(
    db,
    `insert into housekeeping.instance as i (owner, alive_until)
     values ($1, clock_timestamp() + $2 * interval '1 ms')
     on conflict (owner) do update set alive_until = excluded.alive_until where i.dead_at is null
     returning owner`,
    [owner, leaseMs],
  );
  if (row === null)
    throw new AppError("instance_replaced", "Another instance has taken over our calls.", { owner });
}

/** Renews a lease of which half has gone: whoever works is alive. */
export async function keepAlive(db: Db, lease: Lease): Promise<void> {
  const row = await oneRow<{ fresh: boolean }>(
    db,
    `select exists (select from housekeeping.instance
       where owner = $1 and dead_at is null and alive_until > clock_timestamp() + $2 * interval '0.5 ms') as fresh`,
    [lease.owner, lease.leaseMs],
  );
  if (!row.fresh) await renewLease(db, lease);
}

/**
 * Whether a channel is nobody's: the instance behind the Stasis application that it was dialled under (`...-OWNER`) is
 * dead, and nobody alive has made its attempt their own.
 */
export async function isAbandoned(db: Db, channelId: string, app: string): Promise<boolean> {
  const { abandoned } = await oneRow<{ abandoned: boolean }>(
    db,
    `select exists (select from housekeeping.instance i where i.dead_at is not null and $2 like '%-' || i.owner)
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

/** Not ours, and of an instance that is dead or was never known. */
const TAKE_OVER = `
  with dead as (
    update housekeeping.instance set dead_at = clock_timestamp()
    where dead_at is null and owner <> $1 and (alive_until < clock_timestamp() or $2)
    returning owner
  ),
  taken as (
    update attempt a set owner = $1
    where a.state = 'intent' and a.owner = $1 and a.claimed_at < clock_timestamp() - interval '${claimLostAfter}'
      or a.state in ('intent', 'dialing', 'live') and a.owner <> $1
      and (a.owner in (select owner from dead)
        or not exists (select from housekeeping.instance i where i.owner = a.owner and i.dead_at is null))
    returning a.*
  )
  select t.id, t.visit_id as "visitId", t.campaign_id as "campaignId", t.number, t.reason, t.again, t.state,
    t.channel_id as "channelId", t.dialed_at as "dialedAt", v.attempts as counted,
    v.uncounted_in_a_row as "uncountedInARow",
    case when k.id is not null then json_build_object('id', k.id, 'flowState', k.flow_state) end as call
  from taken t join visit v on v.id = t.visit_id left join call k on k.attempt_id = t.id
  order by t.claimed_at`;

/**
 * Declares dead whoever let the lease lapse, and makes their open attempts ours.
 * @param onlyInstance every other instance is dead: for a database that only one process ever uses, such as the demo's
 */
export async function takeOverAbandoned(
  pool: Pool,
  lease: Lease,
  { onlyInstance }: { onlyInstance: boolean },
): Promise<AbandonedAttempt[]> {
  await renewLease(pool, lease);
  return rows<AbandonedAttempt>(pool, TAKE_OVER, [lease.owner, onlyInstance]);
}
