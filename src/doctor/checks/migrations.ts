import type { Pool } from "pg";
import { defineCheck, type Finding, fault, ok, warning } from "#doctor/check.ts";
import { withDatabase } from "#doctor/with-database.ts";
import { pendingMigrations } from "#postgres/migrate.ts";
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
    and not (has_schema_privilege(n.oid, 'usage')
      and has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
      and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))
  order by 1`;

async function rights(pool: Pool): Promise<Finding[]> {
  const denied = (await rows<{ name: string }>(pool, DENIED)).map(({ name }) => name);
  if (denied.length > 0)
    return [
      fault(
        `this user may not read and write ${denied.slice(0, 3).join(", ")}${denied.length > 3 ? " and more" : ""}`,
        "make the user the owner of the tables, or: grant select, insert, update, delete on them",
      ),
    ];
  const { superuser } = await oneRow<{ superuser: boolean }>(
    pool,
    "select rolsuper as superuser from pg_roles where rolname = current_user",
  );
  const remote = await maybeRow(pool, "select where inet_server_addr() is not null");
  if (superuser && remote)
    return [
      warning("this user is a superuser of Postgres", "give Hearback a user that owns its own database only"),
    ];
  return [ok("this user may read and write every table")];
}

async function sort(pool: Pool): Promise<Finding[]> {
  const marked = await maybeRow(pool, "select where to_regclass('housekeeping.rehearsal') is not null");
  if (!marked) return [];
  return [
    warning("the database is marked as a rehearsal's: a demo may empty it", "use another one in earnest"),
  ];
}
