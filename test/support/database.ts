import pg from "pg";
import { inject } from "vitest";
import { newName } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { APP_USER, ensureAppUser } from "#postgres/rehearsal.ts";

const TEMPLATE = "hearback_template";

export interface TestDatabase {
  /** For the app's user, who owns nothing: as commands and `serve` sign in. */
  url: string;
  /** For the owner of the tables: migrate, backup, restore. */
  ownerUrl: string;
  /** As the owner. */
  pool: pg.Pool;
  drop(): Promise<void>;
}

/** A database of this test's own on the test run's Postgres: migrated, or empty. To be dropped in `afterAll`. */
export async function createTestDatabase(
  options: { empty?: boolean; maxConnections?: number } = {},
): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const name = newName("test").replace("-", "_");
  await onServer(
    server,
    `create database ${name} template ${options.empty ? "template0" : TEMPLATE} strategy file_copy`,
  );
  const ownerUrl = urlOf(server, name);
  const pool = createPool({
    url: ownerUrl,
    applicationName: "hearback test",
    as: "owner",
    maxConnections: options.maxConnections ?? 10,
    logger: silentLogger,
  });
  const drop = async () => {
    await pool.end();
    await onServer(server, `drop database ${name} with (force)`);
  };
  const url = new URL(ownerUrl);
  url.username = APP_USER;
  return { url: url.href, ownerUrl, pool, drop };
}

/** Called once by global-setup.ts. */
export async function makeTemplate(server: string): Promise<void> {
  await onServer(server, `create database ${TEMPLATE}`);
  const pool = createPool({
    url: urlOf(server, TEMPLATE),
    applicationName: "hearback test",
    as: "owner",
    logger: silentLogger,
  });
  await migrate(pool);
  await ensureAppUser(pool);
  await pool.end();
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function onServer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
