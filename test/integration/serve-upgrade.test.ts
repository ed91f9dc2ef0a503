/** An upgrade with a live call going on: the old process lets it end, the new one rings the others, nobody rings twice. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { alwaysOpen } from "#campaign/calling-hours.ts";
import { createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { createVisitLists } from "#postgres/visits.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { settings as campaignSettings, visit } from "../support/survey.ts";
import { type Hearback, type Hospital, spawnHearback, startHospital } from "./hospital.ts";

/** Tells her story in two parts, for about a minute: the whole changing of the guard falls into it. */
const slow = "+447700900026";
const others = ["+447700900001", "+447700900101", "+447700900102", "+447700900103"];

let hospital: Hospital;
const running: Hearback[] = [];

beforeAll(async () => {
  hospital = await startHospital({ maxCalls: 20 });
}, 120_000);
afterAll(async () => {
  for (const { process } of running) process.kill("SIGKILL");
  await hospital?.stop();
});

const query = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (await hospital.database.pool.query(sql, values)).rows as T[];

function serve(app: string, more: Record<string, string> = {}): Hearback {
  const hearback = spawnHearback(["serve"], { ...hospital.env, HEARBACK_ARI_APP: app, ...more });
  running.push(hearback);
  return hearback;
}

const isUp = (hearback: Hearback) =>
  expect.poll(hearback.said, { timeout: 20_000, interval: 100 }).toContain("Hearback is up");

/** Visits to these people, imported as `hearback import` does. */
async function addVisits(campaignId: string, phones: string[]): Promise<void> {
  const ciphers = createCiphers(Buffer.from(hospital.env.HEARBACK_DATA_KEY!, "hex"));
  const lists = createVisitLists(hospital.database.pool, ciphers);
  await lists.withImport(campaignId, (sink) => sink.addVisits(phones.map((phone) => visit({ phone }))));
}

const states = () =>
  query<{ phone: string; state: string; owner: string; disposition: string; dialled: number }>(
    `select v.visit_ref as phone, a.state, a.owner, v.disposition, count(*) over (partition by v.id)::int as dialled
     from attempt a join visit v on v.id = a.visit_id order by a.claimed_at`,
  );

test("the old process ends its live call whole while the new one rings the rest", async () => {
  const settings = { ...campaignSettings, spokenName: "trust-your-hospital", callingHours: alwaysOpen };
  const { pool } = hospital.database;
  const made = { name: "upgrade", trust: "T", unit: "U", rehearsal: true, settings };
  const { id } = await createCampaign(pool, made);
  await addVisits(id, [slow]);
  await startCampaign(pool, "upgrade");

  const old = serve("hearback-a");
  await isUp(old);
  await expect
    .poll(async () => (await states()).map(({ state }) => state), { timeout: 30_000, interval: 100 })
    .toEqual(["live"]);

  old.process.kill("SIGTERM");
  await expect.poll(old.said).toContain("Stopping");
  const fresh = serve("hearback-b");
  await isUp(fresh);
  await addVisits(id, others);
  await expect
    .poll(async () => (await states()).filter(({ state }) => state === "live").length, {
      timeout: 30_000,
      interval: 100,
    })
    .toBeGreaterThan(1);

  expect(await old.exited).toBe(0);
  expect(old.said()).toContain("waiting for calls under way to end");
  const count = async () => (await query("select from visit where status = 'done'")).length;
  await expect.poll(count, { timeout: 120_000, interval: 250 }).toBe(1 + others.length);
  fresh.process.kill("SIGTERM");
  expect(await fresh.exited).toBe(0);

  const after = await states();
  expect(after.map(({ disposition }) => disposition)).toEqual(after.map(() => "completed"));
  expect(after.map(({ dialled }) => dialled)).toEqual(after.map(() => 1));
  const [first, ...rest] = after.map(({ owner }) => owner);
  expect(new Set(rest).size).toBe(1);
  expect(rest[0]).not.toBe(first);
  // The story of the call that lived through it is whole and stored.
  const [story] = await query<{ audio: string; truncated: boolean; seconds: number }>(
    `select s.audio, s.truncated, s.duration_ms / 1000.0 as seconds from story s join attempt a on a.visit_id = s.visit_id
     where a.owner = $1 and s.state = 'kept'`,
    first,
  );
  expect(story).toMatchObject({ audio: "stored", truncated: false });
}, 240_000);

test("a process with another data key never begins", async () => {
  const wrong = serve("hearback-c", { HEARBACK_DATA_KEY: "cd".repeat(32) });
  expect(await wrong.exited).toBe(1);
  expect(wrong.said()).toContain("is not the key that this database was written with");
}, 30_000);
