import { AppError } from "#lib/errors.ts";
import { type Db, oneRow } from "./rows.ts";

/** As Postgres counts: 150004 is 15.4. All our SQL runs on this version; hospitals have it, or a newer one. */
const oldest = 150_000;

/** @throws AppError `postgres_too_old` */
export async function assertServerVersion(db: Db): Promise<void> {
  const { version } = await oneRow<{ version: number }>(
    db,
    "select current_setting('server_version_num')::int as version",
  );
  if (version >= oldest) return;
  const text = `Postgres ${oldest / 10_000} or newer is needed; this is ${Math.floor(version / 10_000)}.${version % 10_000}.`;
  throw new AppError("postgres_too_old", text, { version });
}
