import { type Db, rows } from "./rows.ts";

/** A page of rows that are read in the order of their ids: one more is asked for, to know whether any follow. */
export async function pageById<Row extends { id: string }>(
  db: Db,
  sql: (limit: string) => string,
  values: unknown[],
  limit: number,
): Promise<{ items: Row[]; next: string | null }> {
  const found = await rows<Row>(db, sql(`$${values.length + 1}`), [...values, limit + 1]);
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}
