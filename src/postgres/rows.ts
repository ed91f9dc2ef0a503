import type { Pool, PoolClient } from "pg";
import { AppError } from "#lib/errors.ts";

/** Anything that can run a statement: the pool, or a transaction. */
export type Db = Pool | PoolClient;

/** A statement: its text, and a name where it is run so often that Postgres should keep its plan. */
export type Statement = string | { name: string; text: string };

/** All rows of a statement. `Row` is the caller's word for what the statement selects. */
export async function rows<Row extends object>(
  db: Db,
  sql: Statement,
  values: unknown[] = [],
): Promise<Row[]> {
  const statement = typeof sql === "string" ? { text: sql } : sql;
  return (await db.query<Row>({ ...statement, values })).rows;
}

/** The first row, or null. */
export async function maybeRow<Row extends object>(
  db: Db,
  sql: Statement,
  values: unknown[] = [],
): Promise<Row | null> {
  return (await rows<Row>(db, sql, values))[0] ?? null;
}

/** The first row; throws `row_missing` where there is none. */
export async function oneRow<Row extends object>(
  db: Db,
  sql: Statement,
  values: unknown[] = [],
): Promise<Row> {
  const row = await maybeRow<Row>(db, sql, values);
  if (row === null) throw new AppError("row_missing", "A row that must exist was not found in the database.");
  return row;
}

/** How many rows a statement changed. */
export async function changed(db: Db, sql: Statement, values: unknown[] = []): Promise<number> {
  const statement = typeof sql === "string" ? { text: sql } : sql;
  return (await db.query({ ...statement, values })).rowCount ?? 0;
}
