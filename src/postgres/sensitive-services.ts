import type { Pool } from "pg";
import type { SensitiveService, SensitiveServices } from "#campaign/sensitive-services.ts";
import { AppError } from "#lib/errors.ts";
import { maybeRow, oneRow, rows } from "./rows.ts";

const COLUMNS = `id, trust, site, ward, service, reason, added_at as "addedAt", removed_at as "removedAt"`;

/** The table behind the function `sensitive`, which import, claim and the last check all ask. */
export const createSensitiveServices = (pool: Pool): SensitiveServices => ({
  add: async ({ trust, site, ward, service, reason }) =>
    asGiven(
      await oneRow<SensitiveService>(
        pool,
        `insert into sensitive_service (trust, unit, site, ward, service, reason) values ($1, $2, $3, $4, $5, $6)
         returning ${COLUMNS}`,
        [trust, "all", ...[site, ward, service].map(asLike), reason],
      ),
    ),
  list: async ({ removed }) =>
    (
      await rows<SensitiveService>(
        pool,
        `select ${COLUMNS} from sensitive_service where $1 or removed_at is null order by id`,
        [removed],
      )
    ).map(asGiven),
  remove: async (id) => {
    const row = await maybeRow<SensitiveService>(
      pool,
      `update sensitive_service set removed_at = coalesce(removed_at, clock_timestamp()) where id = $1
       returning ${COLUMNS}`,
      [id],
    );
    if (row === null)
      throw new AppError("sensitive_missing", "There is no such entry; see hearback sensitive list.", { id });
    return asGiven(row);
  },
});

/** "Early*" is "early%" to LIKE; what means something to LIKE by itself is taken as it is written. */
const asLike = (pattern: string | null): string | null =>
  pattern === null
    ? null
    : pattern
        .trim()
        .toLowerCase()
        .replace(/[\\%_]/g, "\\$&")
        .replaceAll("*", "%");

const fromLike = (like: string | null): string | null =>
  like === null ? null : like.replace(/\\([\\%_])|%/g, (_, literal?: string) => literal ?? "*");

const asGiven = (row: SensitiveService): SensitiveService => ({
  ...row,
  site: fromLike(row.site),
  ward: fromLike(row.ward),
  service: fromLike(row.service),
});
