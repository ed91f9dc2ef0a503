import { afterAll, beforeAll, expect, test } from "vitest";
import { patientPool } from "#postgres/patient-pool.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
});
afterAll(() => database.drop());

test("a connection that is lost in a statement looks like a database that is just starting", async () => {
  const pool = patientPool(database.pool);
  const client = await pool.connect();
  const killed = client.query("select pg_terminate_backend(pg_backend_pid())");
  await expect(killed).rejects.toMatchObject({ code: "57P03" });
  client.release(true);
  await expect(pool.query("select pg_terminate_backend(pg_backend_pid())")).rejects.toMatchObject({
    code: "57P03",
  });
});

test("what is wrong with a statement itself stays as it is, and what is right comes through", async () => {
  const pool = patientPool(database.pool);
  await expect(pool.query("select nothing")).rejects.toMatchObject({ code: "42703" });
  const client = await pool.connect();
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  client.release();
});
