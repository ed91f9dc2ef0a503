import type { Pool } from "pg";
import { AppError } from "#lib/errors.ts";

/** @throws AppError `database_unreachable`: nobody there, a wrong password, no such database ... */
export async function assertReachable(pool: Pool): Promise<void> {
  try {
    await pool.query("select 1");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code ?? message;
    const text = `The database cannot be used (${why}): check HEARBACK_DATABASE_URL, and that Postgres runs there.`;
    throw new AppError("database_unreachable", text, { code: why }, { cause });
  }
}
