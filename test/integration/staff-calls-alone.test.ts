/** Of the calls that staff ask for, one that cannot be dealt with keeps none of the others waiting. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { makeStaffCalls } from "#app-staff-calls.ts";
import type { Starting } from "#app-start.ts";
import type { CallRunner } from "#call/run-call.ts";
import { newId } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { patient } from "../support/patient.ts";
import { ciphers, dramaNumber } from "../support/survey.ts";

let db: TestDatabase;
let stop = async () => {};
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await stop();
  await db.drop();
});

async function askedFor(phone: string): Promise<string> {
  const id = newId();
  await db.pool.query(
    `insert into housekeeping.staff_call (id, phone_hmac, shown, place, digest, files, flow, language, fields,
       author_kind, author_id) values ($1, $2, 'Desk', 'draft', 'd', '{}', 'fft', 'en-GB', '{}', 'user', 'sam')`,
    [id, ciphers.hash("phone", phone)],
  );
  return id;
}
const outcomeOf = async (id: string) =>
  (await db.pool.query("select outcome from housekeeping.staff_call where id = $1", [id])).rows[0].outcome;

it("is looked at alone: where the first breaks, the second has its answer, and the log tells why", async () => {
  const [first, second] = [await askedFor(dramaNumber(730)), await askedFor(dramaNumber(731))];
  const pool = {
    query: (text: string, values?: unknown[]) =>
      values?.includes(first)
        ? Promise.reject(new Error("its row cannot be written"))
        : db.pool.query(text, values),
  };
  const error = vi.fn();
  const starting = {
    ...{ options: {}, settings: { staffNumbers: [] }, logger: { ...silentLogger, error } },
    order: {
      add: (_: string, ends: () => Promise<void>) => {
        stop = ends;
      },
    },
    watching: { notDialling: () => "all dialling stands still" },
    parts: { pool, owner: "one", telephone: { nodes: [] } },
  } as unknown as Starting;
  makeStaffCalls(starting, {} as CallRunner);
  await expect.poll(() => outcomeOf(second), { timeout: 20_000 }).toBe("all dialling stands still");
  expect(await outcomeOf(first)).toBeNull();
  await vi.waitFor(
    () =>
      expect(error).toHaveBeenCalledExactlyOnceWith(
        { problem: "its row cannot be written" },
        "what staff want to hear could not be looked at",
      ),
    patient,
  );
});
