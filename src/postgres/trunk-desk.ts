import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import { type TrunkDesk, type TrunkView, unnamedTrunk } from "#campaign/trunk-desk.ts";
import { AppError } from "#lib/errors.ts";
import { drainMoves } from "./draining.ts";
import { type Db, rows } from "./rows.ts";

/** @param who whose acts the audit tells; the name is that of each act */
export const createTrunkDesk = (pool: Pool, who: Omit<AuditWho, "name">): TrunkDesk => ({
  list: () => list(pool),
  ...drainMoves({ pool, kind: "trunk", who, missing }),
});

/** All that are configured are written at once, whenever calls may begin: what was not written with them is of former days. */
async function list(db: Db): Promise<TrunkView[]> {
  const found = await rows<Omit<TrunkView, "draining"> & { drainingSince: Date | null; by: string | null }>(
    db,
    `select trunk, share, ended, refused, since, draining_since as "drainingSince", draining_by as by,
       (select count(*)::int from attempt a where a.state in ('dialing', 'live') and a.reason <> 'ring_back'
         and coalesce(a.trunk, $1) = t.trunk) as calls
     from housekeeping.trunk_pace t
     where draining_since is not null
       or filled_at > (select max(filled_at) from housekeeping.trunk_pace) - interval '10 minutes'
     order by trunk`,
    [unnamedTrunk],
  );
  return found.map(({ drainingSince, by, ...trunk }) => ({
    ...trunk,
    draining: drainingSince && by ? { since: drainingSince, by } : null,
  }));
}

async function missing(db: Db, name: string): Promise<AppError> {
  const names = (await list(db)).map(({ trunk }) => trunk);
  const there = names.length > 0 ? `there are: ${names.join(", ")}` : "Hearback has not started with any yet";
  return new AppError("trunk_missing", `There is no trunk "${name}"; ${there}.`, { trunk: name });
}
