import type { Pool } from "pg";
import { personOf } from "#campaign/person.ts";
import { AppError } from "#lib/errors.ts";
import type { OptOutDesk, OptOutRow, Page } from "#web/ports.ts";
import type { Ciphers } from "./ciphers.ts";
import { pageById } from "./pages.ts";
import { maybeRow, oneRow } from "./rows.ts";

const COLUMNS = `id, scope, source, trust, unit, call_id as "callId", written_at as "writtenAt",
  revoked_at as "withdrawnAt"`;

/** Opt-outs as staff add and withdraw them: numbers and persons are kept as keyed hashes, and never come out again. */
export const createOptOutDesk = (pool: Pool, ciphers: Ciphers): OptOutDesk => ({
  page: (of) => pageOfOptOuts(pool, of),
  add: async ({ who, trust, unit }) => {
    const [scope, phone, person] =
      "phone" in who
        ? ["number", ciphers.hash("phone", who.phone), null]
        : [
            "person",
            null,
            ciphers.hash("person", personOf({ nhsNumber: who.nhsNumber, phone: "", givenName: null })),
          ];
    const there = await maybeRow<OptOutRow>(
      pool,
      `select ${COLUMNS} from opt_out where revoked_at is null and purpose = 'survey' and channel = 'voice'
         and scope = $1 and phone_hmac is not distinct from $2 and person_hmac is not distinct from $3
       order by id limit 1`,
      [scope, phone, person],
    );
    if (there) return { optOut: there, isNew: false };
    const optOut = await oneRow<OptOutRow>(
      pool,
      `insert into opt_out (trust, unit, scope, source, phone_hmac, person_hmac) values ($1, $2, $3, 'staff', $4, $5)
       returning ${COLUMNS}`,
      [trust, unit, scope, phone, person],
    );
    return { optOut, isNew: true };
  },
  withdraw: (id) => withdrawOptOut(pool, id),
});

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
export async function withdrawOptOut(pool: Pool, id: string): Promise<OptOutRow> {
  const row = await maybeRow<OptOutRow>(
    pool,
    `update opt_out set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = $1 returning ${COLUMNS}`,
    [id],
  );
  if (row === null) throw new AppError("opt_out_missing", "There is no such opt-out.", { optOutId: id });
  return row;
}
