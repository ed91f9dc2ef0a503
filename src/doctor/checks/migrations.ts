import type { Pool } from "pg";
import { defineCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";
import { withDatabase } from "#doctor/with-database.ts";
import { pendingMigrations } from "#postgres/migrate.ts";
import { APP_ROLE } from "#postgres/roles.ts";
import { maybeRow, oneRow, rows } from "#postgres/rows.ts";

export const migrations = defineCheck({
  name: "database",
  needs: ["databaseUrl"],
  run: ({ databaseUrl }) =>
    withDatabase(
      databaseUrl,
      async (pool) => {
        const pending = await pendingMigrations(pool);
        if (pending.length > 0)
          return [
            fault(
              `${pending.length} migrations have not run: ${pending.join(", ")}`,
              "run: hearback migrate",
            ),
          ];
        return [ok("all migrations have run"), ...(await rights(pool)), ...(await sort(pool))];
      },
      { migrated: false },
    ),
});

const DENIED = `
  select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname in ('public', 'housekeeping', 'graphile_worker')
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    and not has_table_privilege('${APP_ROLE}', c.oid, 'select')
  order by 1`;

/** Who signs in, whatever role is taken on then. */
const USER = `
  select r.rolsuper as superuser, pg_has_role(r.oid, '${APP_ROLE}', 'member') as member,
    exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relowner = r.oid and n.nspname in ('public', 'housekeeping')) as owner
  from pg_roles r where r.rolname = session_user`;

async function rights(pool: Pool): Promise<Finding[]> {
  const denied = (await rows<{ name: string }>(pool, DENIED)).map(({ name }) => name);
  if (denied.length > 0) {
    const some = `${denied.slice(0, 3).join(", ")}${denied.length > 3 ? " and more" : ""}`;
    return [
      fault(`${APP_ROLE} has no rights to ${some}`, "as the owner of the tables, run: hearback migrate"),
    ];
  }
  const user = await oneRow<{ superuser: boolean; member: boolean; owner: boolean }>(pool, USER);
  if (!user.member)
    return [
      fault(
        `this user may not work as ${APP_ROLE}`,
        `let an administrator run: grant ${APP_ROLE} to the user of HEARBACK_DATABASE_URL`,
      ),
    ];
  if (user.superuser || user.owner)
    return [
      warning(
        user.superuser ? "this user is a superuser of Postgres" : "this user owns Hearback's tables",
        `for all but migrate, backup and restore give Hearback one who does not: create role hearback_serve login password '...' in role ${APP_ROLE}`,
      ),
    ];
  return [ok("this user may read and write every row, and owns nothing")];
}

async function sort(pool: Pool): Promise<Finding[]> {
  const marked = await maybeRow(pool, "select where to_regclass('housekeeping.rehearsal') is not null");
  if (!marked) return [];
  return [
    warning("the database is marked as a rehearsal's: a demo may empty it", "use another one in earnest"),
  ];
}
