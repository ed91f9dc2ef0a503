import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";
import { roleRefused } from "./roles.ts";

/**
 * @throws AppError `database_unreachable` (nobody there, a wrong password, no such database ...), `database_behind` (its
 *   server has never seen our roles), `database_user_no_member` (of hearback_app)
 */
export async function assertReachable(pool: Pool): Promise<void> {
  try {
    await pool.query("select 1");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const refused = roleRefused(code, message);
    if (refused) throw refused;
    const why = code ?? message;
    const text = `The database cannot be used (${why}): check HEARBACK_DATABASE_URL, and that Postgres runs there.`;
    throw new AppError("database_unreachable", text, { code: why }, { cause });
  }
}
