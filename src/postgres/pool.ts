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
  /**
   * For the statements on every call's way: all are planned for any values, and those that have a name once a connection. A plan
   * made while the tables were empty would read them whole until statistics are made anew, which is why whatever is not
   * an index is shunned; and a plan for any value cannot leave out what a value of null rules out, so that such a guard
   * must say "is not null and ..." itself.
   */
  planned?: boolean;
  logger: Logger;
}

/** A new connection has to read the catalogue, and to plan every statement anew: one is kept for the pauses between calls. */
const idleForMs = 10 * 60_000;
/**
 * Without JIT: up to Postgres 17 a table without a fitting index, however small, costs so much on paper once it must be
 * read whole all the same that each such statement would be compiled anew.
 */
const PLANNED = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off";
/** Before a firewall on the way forgets a connection that is quiet; Linux by itself would ask after two hours. */
const aliveAfterMs = 30_000;

/**
 * The one door to the database. A lost connection is logged and replaced; a transaction left idle for ten seconds is
 * ended by Postgres, because a held snapshot lets the dial queue bloat (RELIABILITY.md F27).
 */
export function createPool(options: PoolOptions): pg.Pool {
  const { statementTimeoutMs = 30_000, as = "app", planned = false } = options;
  const settings = ["-c TimeZone=UTC", as === "app" ? `-c role=${APP_ROLE}` : "", planned ? PLANNED : ""];
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    statement_timeout: statementTimeoutMs,
    // The server ends a statement that takes too long; one that cannot even do that is gone.
    query_timeout: options.answerTimeoutMs ?? statementTimeoutMs + 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: aliveAfterMs,
    idle_in_transaction_session_timeout: 10_000,
    connectionTimeoutMillis: options.answerTimeoutMs ?? 10_000,
    idleTimeoutMillis: idleForMs,
    options: settings.join(" ").trim(),
  });
  const lost = (error: Error) =>
    options.logger.warn({ error: error.message }, "a database connection was lost");
  pool.on("error", lost);
  pool.on("connect", (client) => client.on("error", lost));
  return pool;
}
