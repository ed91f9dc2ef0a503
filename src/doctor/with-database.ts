import type { Pool } from "pg";
import { messageOf } from "#lib/errors.ts";
import { silentLogger } from "#lib/logger.ts";
import { createPool } from "#postgres/pool.ts";
import { rows } from "#postgres/rows.ts";
import { NotChecked } from "./check.ts";

/** A connection of the check's own, closed in any case. @throws NotChecked where there is no database */
export async function withDatabase<T>(
  url: string,
  work: (pool: Pool) => Promise<T>,
  { migrated = true } = {},
): Promise<T> {
  const pool = createPool({
    ...{ url, applicationName: "hearback doctor", maxConnections: 1, logger: silentLogger },
    ...{ statementTimeoutMs: 5_000, as: migrated ? "app" : "owner" },
  });
  try {
    const [found] = await rows<{ migrated: boolean }>(
      pool,
      "select to_regclass('housekeeping.data_key_proof') is not null as migrated",
    ).catch((thrown: NodeJS.ErrnoException) => {
      throw new NotChecked(`the database cannot be used (${thrown.code ?? messageOf(thrown)})`);
    });
    if (migrated && !found?.migrated) throw new NotChecked("the database is not up to date");
    return await work(pool);
  } finally {
    await pool.end();
  }
}
