import type { Pool } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type BinaryColumn,
  byteaColumn,
  textColumn,
  timestampColumn,
  uuidColumn,
} from "#postgres/binary-column.ts";
import { idsAfter } from "#postgres/ids-in-order.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = db.pool;
});
afterAll(() => db.drop());

/** What Postgres makes of it, element by element. */
async function read<Value>(type: string, column: BinaryColumn<Value>, values: (Value | null)[]) {
  for (const value of values) column.add(value);
  const sql = `select e from unnest($1::${type}[]) with ordinality as r (e, n) order by n`;
  return (await pool.query<{ e: Value | null }>(sql, [column.array()])).rows.map(({ e }) => e);
}

it("a column in Postgres' binary format is read there as what went in", async () => {
  const texts = ["", "a", null, 'Zoë "O\'Brien", {x}\\', "€😀".repeat(5000), null, "NULL"];
  expect(await read("text", textColumn(), texts)).toEqual(texts);
  const bytes = [Buffer.alloc(0), null, Buffer.of(0, 255, 34, 92), Buffer.alloc(20_000, 7)];
  expect(await read("bytea", byteaColumn(), bytes)).toEqual(bytes);
  const instants = [
    "1999-12-31T23:59:59.999Z",
    "2000-01-01T00:00:00Z",
    "2026-11-23T05:14:00.001Z",
    "9999-12-31T00:00:00Z",
  ];
  const dates = [null, ...instants.map((text) => new Date(text))];
  expect(await read("timestamptz", timestampColumn(), dates)).toEqual(dates);
});

it("a column without a row, and one of nulls only, are arrays too", async () => {
  expect(await read("text", textColumn(), [])).toEqual([]);
  expect(await read("bytea", byteaColumn(), [null, null])).toEqual([null, null]);
});

it("ids made in one go sort as they were made, after the database's last and before its next", async () => {
  const [{ id }] = (await pool.query("select housekeeping.new_id() as id")).rows;
  const column = uuidColumn();
  const newId = idsAfter(id);
  // Past the end of a millisecond, of which each has 4096.
  const count = 9_000;
  for (let n = 0; n < count; n += 1) column.add(newId());
  const sql = `
    select e::text as id from unnest($1::uuid[]) with ordinality as r (e, n) order by n`;
  const made = (await pool.query<{ id: string }>(sql, [column.array()])).rows.map((row) => row.id);
  await pool.query("select pg_sleep(0.01)");
  const [{ id: next }] = (await pool.query("select housekeeping.new_id() as id")).rows;
  const all = [id, ...made, next];
  expect([...all].sort()).toEqual(all);
  expect(new Set(all).size).toBe(count + 2);
  for (const one of all)
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
