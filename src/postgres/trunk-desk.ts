import type { Pool } from "pg";
import type { AuditWho } from "#access/audit.ts";
import type { TrunkDesk, TrunkView } from "#campaign/trunk-desk.ts";
import { AppError } from "#lib/errors.ts";
import { writeAudit } from "./audit-log.ts";
import { type Db, maybeRow, rows } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

/** @param who whose acts the audit tells; the name is that of each act */
export const createTrunkDesk = (pool: Pool, who: Omit<AuditWho, "name">): TrunkDesk => ({
  list: () => list(pool),
  drain: async (name, by, reason = null) =>
    void (await move(pool, { name, drains: true, reason, who: { ...who, name: by } })),
  resume: (name, by, reason = null) => move(pool, { name, drains: false, reason, who: { ...who, name: by } }),
});

interface Move {
  name: string;
  drains: boolean;
  reason: string | null;
  who: AuditWho;
}

const DRAIN =
  "update housekeeping.trunk_pace set draining_since = clock_timestamp(), draining_by = $2 where trunk = $1";
const RESUME =
  "update housekeeping.trunk_pace set draining_since = null, draining_by = null where trunk = $1";

/** One that is so already stays as it was, and nothing is told. @returns whether it was draining before */
const move = (pool: Pool, { name, drains, reason, who }: Move): Promise<boolean> =>
  inTransaction(pool, async (tx) => {
    const was = await maybeRow<{ draining: boolean }>(
      tx,
      "select draining_since is not null as draining from housekeeping.trunk_pace where trunk = $1 for update",
      [name],
    );
    if (was === null) throw await missing(tx, name);
    if (was.draining === drains) return was.draining;
    await tx.query(drains ? DRAIN : RESUME, drains ? [name, who.name] : [name]);
    await writeAudit(tx, {
      ...{ who, action: drains ? "trunk-drain" : "trunk-resume", trust: null, reason },
      ...{ subject: { kind: "trunk", id: name }, details: {} },
    });
    return was.draining;
  });

/** All that are configured are written at once, whenever calls may begin: what was not written with them is of former days. */
async function list(db: Db): Promise<TrunkView[]> {
  const found = await rows<Omit<TrunkView, "draining"> & { drainingSince: Date | null; by: string | null }>(
    db,
    `select trunk, share, ended, refused, since, draining_since as "drainingSince", draining_by as by
     from housekeeping.trunk_pace
     where draining_since is not null
       or filled_at > (select max(filled_at) from housekeeping.trunk_pace) - interval '10 minutes'
     order by trunk`,
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
