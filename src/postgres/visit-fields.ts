import type { Pool } from "pg";
import type { Ciphers } from "./ciphers.ts";
import { maybeRow } from "./rows.ts";

/** The columns that were kept of a visit's row, as they were in the file; none where it has none, or is forgotten. */
export async function fieldsOf(
  pool: Pool,
  ciphers: Pick<Ciphers, "decrypt">,
  visitId: string,
): Promise<Record<string, string>> {
  const row = await maybeRow<{ extra: Buffer | null }>(
    pool,
    "select extra_enc as extra from visit where id = $1",
    [visitId],
  );
  return row?.extra?.length
    ? (JSON.parse(ciphers.decrypt("extra", row.extra)) as Record<string, string>)
    : {};
}
