/** One call at a time per number, whoever makes it: the staff's own ("Call me now") and those of patients. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Campaign } from "#campaign/campaign.ts";
import { longestCallHours } from "#campaign/longest-call.ts";
import { unknownMayLastMs } from "#campaign/retry-policy.ts";
import { newId, newName } from "#lib/ids.ts";
import { createStaffCallBook } from "#postgres/staff-call-book.ts";
import { invariants } from "#verify/invariants.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { ciphers, dramaNumber, newLedger, runningCampaign, visit } from "../support/survey.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ maxConnections: 20 });
});
afterAll(() => db.drop());

const owner = newName("staff");
const bookOfStaff = () => createStaffCallBook(db.pool, owner);
const query = async (sql: string, ...values: unknown[]) => (await db.pool.query(sql, values)).rows;

/** As the room writes it. */
async function askedFor(phone: string): Promise<string> {
  const id = newId();
  await query(
    `insert into housekeeping.staff_call (id, phone_hmac, shown, place, digest, files, flow, language, fields,
       author_kind, author_id) values ($1, $2, 'Desk', 'draft', 'd', '{}', 'fft', 'en-GB', '{}', 'user', 'sam')`,
    ...[id, ciphers.hash("phone", phone)],
  );
  return id;
}

const alive = () =>
  query(
    `insert into housekeeping.instance (owner, app, alive_until) values ($1, $1, now() + interval '1 hour')
     on conflict do nothing`,
    owner,
  );
const secondCall = "that telephone is in a call with us as somebody else's";
const statusOf = async (campaign: Campaign) =>
  (await query("select status, disposition from visit where campaign_id = $1", campaign.id))[0];

describe("while staff are called", () => {
  it("a patient at the same telephone is not claimed; afterwards they are", async () => {
    const phone = dramaNumber(700);
    const campaign = await runningCampaign(db.pool, [visit({ phone })]);
    const ledger = newLedger(db.pool);
    const id = await askedFor(phone);
    expect(await ledger.claim(campaign, 5)).toEqual([]);
    await alive();
    expect(await bookOfStaff().claim(id, "n")).toEqual({ kind: "ours" });
    await bookOfStaff().notes.ringing(id);
    expect(await ledger.claim(campaign, 5)).toEqual([]);
    // Not set aside: it is no reason of the visit's own.
    expect(await statusOf(campaign)).toEqual({ status: "due", disposition: "pending" });
    await bookOfStaff().notes.ended(id, "completed", []);
    expect(await ledger.claim(campaign, 5)).toHaveLength(1);
  });

  it.each(["asked", "live"])("a claimed visit is not rung, and stays due: %s", async (state) => {
    const phone = dramaNumber(state === "asked" ? 701 : 702);
    const campaign = await runningCampaign(db.pool, [visit({ phone })]);
    const ledger = newLedger(db.pool);
    const [attempt] = await ledger.claim(campaign, 1);
    const id = await askedFor(phone);
    await query("update housekeeping.staff_call set state = $2 where id = $1", id, state);
    expect(await ledger.commitToRing(attempt!, campaign, "n")).toEqual({
      kind: "refused",
      because: "in-a-staff-call",
    });
    expect(await statusOf(campaign)).toEqual({ status: "due", disposition: "pending" });
  });
});

it("a staff call that nobody ended keeps a patient waiting for as long as a call can last, at the most", async () => {
  const phone = dramaNumber(703);
  const campaign = await runningCampaign(db.pool, [visit({ phone })]);
  const ledger = newLedger(db.pool);
  const id = await askedFor(phone);
  const wasAsked = (agoHours: number) =>
    query(
      `update housekeeping.staff_call set state = 'live', asked_at = clock_timestamp() - $2 * interval '1 h',
         dialled_at = clock_timestamp() - $2 * interval '1 h', answered_at = clock_timestamp() - $2 * interval '1 h'
       where id = $1`,
      ...[id, agoHours],
    );
  await wasAsked(longestCallHours - 0.1);
  expect(await ledger.claim(campaign, 5)).toEqual([]);
  await wasAsked(longestCallHours + 0.1);
  const [attempt] = await ledger.claim(campaign, 5);
  expect(await ledger.commitToRing(attempt!, campaign, "n")).toMatchObject({ kind: "committed" });
  expect(await query(invariants.find(({ name }) => name === "I2")!.sql)).toEqual([]);
});

describe("while a patient is called", () => {
  it("staff are not rung at that telephone, nor while nobody knows how the patient's call ended", async () => {
    const phone = dramaNumber(710);
    const campaign = await runningCampaign(db.pool, [visit({ phone })]);
    const ledger = newLedger(db.pool);
    const [attempt] = await ledger.claim(campaign, 1);
    await alive();
    await ledger.commitToRing(attempt!, campaign, "n");
    const id = await askedFor(phone);
    expect(await bookOfStaff().claim(id, "n")).toEqual({ kind: "refused", because: secondCall });
    await query(
      "update attempt set state = 'unknown', disposition = 'pending', ended_at = now() where id = $1",
      attempt!.id,
    );
    expect(await bookOfStaff().claim(id, "n")).toEqual({ kind: "refused", because: secondCall });
    await query(
      "update attempt set dialed_at = dialed_at - $2 * interval '1 ms' where id = $1",
      ...[attempt!.id, unknownMayLastMs],
    );
    expect(await bookOfStaff().claim(id, "n")).toEqual({ kind: "ours" });
  });
});

it("of two that could not see each other when they began, the patient's call is not made", async () => {
  await alive();
  const phone = dramaNumber(720);
  const campaign = await runningCampaign(db.pool, [visit({ phone })]);
  const ledger = newLedger(db.pool);
  const holder = await db.pool.connect();
  // Another claimer has the number, and gives up: until then the claim, which has looked for staff calls, waits.
  await holder.query("begin");
  await holder.query(
    `insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, owner, phone_hmac)
     select i.id, v.id, v.campaign_id, v.trust, v.unit, 1, 'first', false, 'intent', 'hb-' || i.id, 'other', v.phone_hmac
     from visit v, (select housekeeping.new_id() as id) i where v.campaign_id = $1`,
    [campaign.id],
  );
  const claiming = ledger.claim(campaign, 1);
  await vi.waitFor(
    async () =>
      expect(
        await query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        ),
      ).toHaveLength(1),
    { timeout: 20_000 },
  );
  expect(await bookOfStaff().claim(await askedFor(phone), "n")).toEqual({ kind: "ours" });
  await holder.query("rollback");
  holder.release();
  const [attempt] = await claiming;
  expect(await ledger.commitToRing(attempt!, campaign, "n")).toEqual({
    kind: "refused",
    because: "in-a-staff-call",
  });
  const i2 = invariants.find(({ name }) => name === "I2")!;
  expect(await query(i2.sql)).toEqual([]);
});

it("verify tells of a patient who was dialled while staff were on that telephone", async () => {
  const phone = dramaNumber(900);
  const campaign = await runningCampaign(db.pool, [visit({ phone })]);
  const ledger = newLedger(db.pool);
  const [attempt] = await ledger.claim(campaign, 1);
  await ledger.commitToRing(attempt!, campaign, "n");
  const id = await askedFor(phone);
  await query(
    `update housekeeping.staff_call set state = 'live', owner = $2, dialled_at = now() - interval '2 minutes',
       answered_at = now() - interval '110 seconds' where id = $1`,
    ...[id, owner],
  );
  const i2 = invariants.find(({ name }) => name === "I2")!;
  expect(await query(i2.sql)).toEqual([
    { id: attempt!.id, what: "dialled while another call to its number was under way" },
  ]);
});
