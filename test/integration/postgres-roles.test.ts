/** The role as which the app works: it owns nothing, and may do what the app needs, and no more. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { openDatabase } from "#open-database.ts";
import { createJobRunner, queueKeepStory } from "#postgres/jobs.ts";
import { assertMigrated, migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { assertReachable } from "#postgres/reachable.ts";
import { createResultDesk } from "#postgres/result-desk.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
const users: string[] = [];
const pools: pg.Pool[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await database.drop();
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  for (const user of users) await client.query(`drop owned by ${user}; drop role ${user}`);
  await client.end();
});

/** A user who may sign in, and nothing else but this. */
async function newUser(more = ""): Promise<string> {
  const name = newName("user").replace("-", "_");
  await database.pool.query(`create role ${name} login ${more}`);
  users.push(name);
  return name;
}
function urlFor(user: string, of: Pick<TestDatabase, "url"> = database): string {
  const url = new URL(of.url);
  url.username = user;
  return url.href;
}
function poolFor(user: string, more: { as?: "app" | "owner"; of?: Pick<TestDatabase, "url"> } = {}): pg.Pool {
  const { as = "app", of = database } = more;
  const pool = createPool({ url: urlFor(user, of), applicationName: "test", as, logger: silentLogger });
  pools.push(pool);
  return pool;
}
const appUser = async () => newUser("in role hearback_app");

describe("the app's role", () => {
  it("has its rights to every table, and to none more than those", async () => {
    const { rows } = await database.pool.query<{ name: string; has: string[]; blind: boolean }>(
      `select format('%I.%I', n.nspname, c.relname) as name, c.relrowsecurity and not exists
           (select from pg_policy p where p.polrelid = c.oid and 'hearback_app'::regrole = any (p.polroles) and p.polcmd = '*')
           as blind,
         array(select word from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'trigger', 'references'])
           as word where has_table_privilege('hearback_app', c.oid, word)) as has
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
         and n.nspname not like 'pg\\_toast%' order by 1`,
    );
    expect(rows.length).toBeGreaterThan(30);
    const wrong = rows.flatMap(({ name, has, blind }) => {
      const readOnly = ["housekeeping.audit_entry", "housekeeping.migration", "graphile_worker.migrations"];
      const wanted = readOnly.includes(name) ? "select" : "select,insert,update,delete";
      if (has.join() !== wanted)
        return [`${name}: hearback_app has "${has}" where it needs "${wanted}": see src/postgres/rights.sql`];
      return blind ? [`${name}: hearback_app sees none of its rows (no policy): see rights.sql`] : [];
    });
    expect(wrong).toEqual([]);
  });

  it("owns nothing, and cannot sign in", async () => {
    const { rows } = await database.pool.query(
      `select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,
         exists (select from pg_class where relowner = r.oid) or exists (select from pg_proc where proowner = r.oid) as owns
       from pg_roles r where rolname in ('hearback_app', 'hearback_room')`,
    );
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(Object.values(row)).toEqual(Object.values(row).map(() => false));
  });

  it.each([
    "update housekeeping.audit_entry set reason = 'x'",
    "delete from housekeeping.audit_entry",
    "truncate housekeeping.audit_entry",
    "alter table housekeeping.audit_entry disable trigger user",
    "insert into housekeeping.audit_entry (n, at, who_kind, who_id, action, details, hash) values (1, now(), 'user', 'u', 'listen', '{}', sha256(''))",
    "drop trigger audit_stays on housekeeping.audit_entry",
    "create or replace function housekeeping.audit_stays() returns trigger language plpgsql as 'begin return null; end'",
    "drop table visit cascade",
    "create table public.mine (id int)",
    "update housekeeping.migration set checksum = 'x'",
    "set role postgres",
  ])("may not: %s", async (sql) => {
    const pool = poolFor(await appUser());
    await expect(pool.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/42501|22023/) });
  });

  it("runs the job queue", async () => {
    const pool = poolFor(await appUser());
    const done = Promise.withResolvers<string>();
    const runner = await createJobRunner(
      pool,
      { "keep-story": async ({ callId }) => done.resolve(callId) },
      { concurrency: 1, owner: "test", logger: silentLogger },
    );
    await queueKeepStory(pool, "call-1");
    expect(await done.promise).toBe("call-1");
    await runner.stop();
  });

  it("knows since when others write, whom it may not look at", async () => {
    const desk = createResultDesk(poolFor(await appUser()));
    const page = { campaign: null, disposition: null, since: null, after: null, limit: 1 };
    const writer = await database.pool.connect();
    try {
      await writer.query("begin");
      const began = (
        await writer.query("select date_trunc('milliseconds', now()) as at, pg_current_xact_id()")
      ).rows[0].at;
      expect((await desk.page(page)).settledUntil).toEqual(began);
      await writer.query("commit");
      expect((await desk.page(page)).settledUntil.getTime()).toBeGreaterThan(began.getTime());
    } finally {
      writer.release();
    }
  });

  it("serves the commands", async () => {
    const opened = await openDatabase({ databaseUrl: urlFor(await appUser()) });
    expect(await opened.campaigns()).toEqual([]);
    await opened.close();
  });
});

describe("a user who cannot work as it", () => {
  it("is told what to grant", async () => {
    await expect(assertReachable(poolFor(await newUser()))).rejects.toMatchObject({
      code: "database_user_no_member",
      message: expect.stringContaining("grant hearback_app to"),
    });
  });

  it("is told to migrate where the tables have no rights for it yet", async () => {
    const other = await createTestDatabase();
    try {
      await other.pool.query("revoke all on schema housekeeping from hearback_app, hearback_room");
      await expect(assertMigrated(poolFor(await appUser(), { of: other }))).rejects.toMatchObject({
        code: "database_behind",
      });
    } finally {
      await pools.pop()!.end();
      await other.drop();
    }
  });
});

describe("who migrates", () => {
  it("needs no more than to own the database, where the roles are there", async () => {
    const owner = await newUser("in role hearback_app");
    const other = await createTestDatabase({ empty: true });
    try {
      await other.pool.query(`alter database ${new URL(other.url).pathname.slice(1)} owner to ${owner}`);
      const pool = poolFor(owner, { as: "owner", of: other });
      expect((await migrate(pool)).length).toBeGreaterThan(20);
      await assertMigrated(poolFor(await appUser(), { of: other }));
      await pools.pop()!.end();
      await pools.pop()!.end();
    } finally {
      await other.drop();
    }
  });

  it("is told what an administrator must run, where it may not make them", async () => {
    const owner = await newUser();
    const other = await createTestDatabase({ empty: true });
    try {
      await other.pool.query(`alter database ${new URL(other.url).pathname.slice(1)} owner to ${owner}`);
      const failed = migrate(poolFor(owner, { as: "owner", of: other }));
      await expect(failed).rejects.toMatchObject({
        code: "roles_missing",
        message: expect.stringMatching(
          /create role hearback_app nologin;\n\s+create role hearback_room nologin;/,
        ),
      });
      await pools.pop()!.end();
    } finally {
      await other.drop();
    }
  });
});
