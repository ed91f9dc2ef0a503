import pg from "pg";
import type { Logger } from "#lib/logger.ts";
import { APP_ROLE } from "./roles.ts";

export interface PoolOptions {
  /** `postgres://...`; a `host` parameter that is a folder means the Unix socket in it. */
  url: string;
  /** Shown in pg_stat_activity, e.g. "hearback serve". */
  applicationName: string;
  maxConnections?: number;
  statementTimeoutMs?: number;
  /** A connection whose server says nothing for so long is given up; a server that is frozen never would. */
  answerTimeoutMs?: number;
  /**
   * `app` (when not given): as the role `hearback_app`, which owns nothing, whatever the user may beside. `owner`: as the
   * user of the address, who must own the tables, for what makes or fills them.
   */
  as?: "app" | "owner";
  logger: Logger;
}

/**
 * The one door to the database. A lost connection is logged and replaced; a transaction left idle for ten seconds is
 * ended by Postgres, because a held snapshot lets the dial queue bloat (RELIABILITY.md F27).
 */
export function createPool(options: PoolOptions): pg.Pool {
  const { statementTimeoutMs = 30_000, as = "app" } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    statement_timeout: statementTimeoutMs,
    // The server ends a statement that takes too long; one that cannot even do that is gone.
    query_timeout: options.answerTimeoutMs ?? statementTimeoutMs + 5_000,
    keepAlive: true,
    idle_in_transaction_session_timeout: 10_000,
    connectionTimeoutMillis: options.answerTimeoutMs ?? 10_000,
    options: as === "app" ? `-c TimeZone=UTC -c role=${APP_ROLE}` : "-c TimeZone=UTC",
  });
  const lost = (error: Error) =>
    options.logger.warn({ error: error.message }, "a database connection was lost");
  pool.on("error", lost);
  pool.on("connect", (client) => client.on("error", lost));
  return pool;
}
