import type { Pool } from "pg";
import { personOf } from "#campaign/person.ts";
import { AppError } from "#lib/errors.ts";
import type { OptOutDesk, OptOutRow, Page } from "#web/ports.ts";
import type { Ciphers } from "./ciphers.ts";
import { pageById } from "./pages.ts";
import { type Db, maybeRow, oneRow } from "./rows.ts";

const COLUMNS = `id, scope, source, trust, unit, call_id as "callId", written_at as "writtenAt",
  revoked_at as "withdrawnAt"`;

/**
 * As staff add one: number and person are kept as keyed hashes, and never come out again. One that stands
 * already is given back as it is.
 */
export async function addOptOut(
  db: Db,
  ciphers: Ciphers,
  { who, trust, unit }: Parameters<OptOutDesk["add"]>[0],
): Promise<{ optOut: OptOutRow; isNew: boolean }> {
  const [scope, phone, person] =
    "phone" in who
      ? ["number", ciphers.hash("phone", who.phone), null]
      : [
          "person",
          null,
          ciphers.hash("person", personOf({ nhsNumber: who.nhsNumber, phone: "", givenName: null })),
        ];
  const there = await maybeRow<OptOutRow>(
    db,
    `select ${COLUMNS} from opt_out where revoked_at is null and purpose = 'survey' and channel = 'voice'
       and scope = $1 and phone_hmac is not distinct from $2 and person_hmac is not distinct from $3
     order by id limit 1`,
    [scope, phone, person],
  );
  if (there) return { optOut: there, isNew: false };
  const optOut = await oneRow<OptOutRow>(
    db,
    `insert into opt_out (trust, unit, scope, source, phone_hmac, person_hmac) values ($1, $2, $3, 'staff', $4, $5)
     returning ${COLUMNS}`,
    [trust, unit, scope, phone, person],
  );
  return { optOut, isNew: true };
}

export const pageOfOptOuts = (
  pool: Pool,
  { standing, after, limit }: Parameters<OptOutDesk["page"]>[0],
): Promise<Page<OptOutRow>> =>
  pageById<OptOutRow>(
    pool,
    (most) => `select ${COLUMNS} from opt_out where (not $1 or revoked_at is null)
      and ($2::uuid is null or id > $2) order by id limit ${most}`,
    [standing, after],
    limit,
  );

/** Twice is harmless. @throws AppError `opt_out_missing` */
export async function withdrawOptOut(db: Db, id: string): Promise<OptOutRow> {
  const row = await maybeRow<OptOutRow>(
    db,
    `update opt_out set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = $1 returning ${COLUMNS}`,
    [id],
  );
  if (row === null) throw new AppError("opt_out_missing", "There is no such opt-out.", { optOutId: id });
  return row;
}
