import type { Grant } from "#access/rights.ts";
import { changed, type Db, oneRow, rows } from "./rows.ts";

/** The trust in which a user has all their roles; null where there are several, or none: for the audit. */
export async function trustOf(db: Db, userId: string): Promise<string | null> {
  const { trust } = await oneRow<{ trust: string | null }>(
    db,
    `select case when count(distinct trust) = 1 then min(trust) end as trust
     from housekeeping.user_grant where user_id = $1`,
    [userId],
  );
  return trust;
}

const partsOf = ({ role, trust, unit, site, ward, service }: Grant) => [
  role,
  trust,
  unit,
  site,
  ward,
  service,
];

/** False where there is such a one already. */
export async function insertGrant(db: Db, userId: string, grant: Grant): Promise<boolean> {
  const added = await changed(
    db,
    `insert into housekeeping.user_grant (user_id, role, trust, unit, site, ward, service)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [userId, ...partsOf(grant)],
  );
  return added === 1;
}

/** False where there is none. */
export async function deleteGrant(db: Db, userId: string, grant: Grant): Promise<boolean> {
  const gone = await changed(
    db,
    `delete from housekeeping.user_grant where user_id = $1 and role = $2 and trust = $3
       and unit is not distinct from $4 and site is not distinct from $5 and ward is not distinct from $6
       and service is not distinct from $7`,
    [userId, ...partsOf(grant)],
  );
  return gone === 1;
}

/** @returns those that there were */
export const deleteGrants = (db: Db, userId: string): Promise<Grant[]> =>
  rows<Grant>(
    db,
    `delete from housekeeping.user_grant where user_id = $1 returning role, trust, unit, site, ward, service`,
    [userId],
  );
