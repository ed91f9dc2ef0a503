/** A hospital in which `hearback serve` runs in processes of their own, to be killed, frozen and thawed. */
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { alwaysOpen } from "#campaign/calling-hours.ts";
import { findWithin } from "#lib/audio/correlation.ts";
import { createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { createVisitLists } from "#postgres/visits.ts";
import type { Person } from "#rehearsal/people/person.ts";
import type { Ringer } from "#rehearsal/people/ringer.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { type Hearback, type Hospital, spawnHearback, startHospital } from "../integration/hospital.ts";
import { spoken, storedAudio, telephonesThatRang } from "./rehearsal.ts";
import { settings as campaignSettings, visit } from "./survey.ts";

export async function comes(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await holds()); await wait(50))
    if (Date.now() > deadline) throw new Error(`never ${what}`);
}

/**
 * Two seconds after two seconds, each in its place. Three of four must be there like the original: where the machine is
 * short of time, the pretend network itself stutters.
 */
function expectEveryWord(stored: Int16Array, told: Int16Array): void {
  const pieces = Array.from({ length: Math.floor(told.length / 16_000) }, (_, n) =>
    told.subarray(n * 16_000, (n + 1) * 16_000),
  );
  const found = pieces.map((piece) => findWithin(piece, stored, { overlap: 0.9 }));
  const good = found.filter(({ correlation }) => correlation > 0.95);
  expect(good.length, `of ${pieces.length} pieces`).toBeGreaterThanOrEqual(Math.floor(pieces.length * 0.75));
  const places = good.map(({ offsetSamples }) => offsetSamples);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  const lostMs = (told.length - stored.length) / 8;
  expect(lostMs, "all of the story's time is there").toBeLessThan(0);
}

interface Seen {
  phone: string;
  state: string;
  owner: string;
  step: string | null;
  /** Of the part that is being told. */
  recordingMs: number | null;
}

/** Of each call that another process went on with, in milliseconds, as its log tells. */
export const gapsIn = (hearback: Hearback): number[] =>
  [...hearback.said().matchAll(/"gapMs":(\d+)/g)].map(([, ms]) => Number(ms));

/** One hospital a scenario, so that they can run side by side. */
export async function openHospital({
  morePeople,
  ringers = [],
}: {
  morePeople: readonly Person[];
  ringers?: readonly Ringer[];
}) {
  const hospital: Hospital = await startHospital({ maxCalls: 30, morePeople, ringers });
  const running: Hearback[] = [];

  const query = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
    (await hospital.database.pool.query(sql, values)).rows as T[];

  /** Up, and trusted with a judgement on others: it has lived for five seconds. */
  async function serve(): Promise<Hearback & { owner: string }> {
    const hearback = spawnHearback(["serve"], hospital.env);
    running.push(hearback);
    await comes(`up, but said:\n${hearback.said()}`, () => hearback.said().includes("Hearback is up"));
    const [row] = await query<{ owner: string }>(
      "select owner from housekeeping.instance order by started_at desc limit 1",
    );
    return { ...hearback, owner: row!.owner };
  }

  const isSteady = ({ owner }: { owner: string }) =>
    comes("steady", async () => {
      const sql = `select from housekeeping.instance where owner = $1 and dead_at is null
      and steady_since < clock_timestamp() - interval '5 s'`;
      return (await query(sql, owner)).length === 1;
    });

  async function campaignWith(name: string, people: Person[], { ringing = true } = {}): Promise<void> {
    const settings = {
      ...campaignSettings,
      spokenName: "trust-your-hospital",
      callingHours: alwaysOpen,
      ringSeconds: 60,
      maxCalls: 30,
    };
    const { pool } = hospital.database;
    const { id } = await createCampaign(pool, { name, trust: "T", unit: "U", rehearsal: true, settings });
    const lists = createVisitLists(pool, createCiphers(Buffer.from(hospital.env.HEARBACK_DATA_KEY!, "hex")));
    const visits = people.map(({ number }) => visit({ phone: number, visitRef: number }));
    await lists.withImport(id, (sink) => sink.addVisits(visits));
    if (ringing) await startCampaign(pool, name);
    else await query("update campaign set status = 'paused' where id = $1", id);
  }

  /** Every attempt, by telephone. */
  async function seen(): Promise<Map<string, Seen>> {
    const rows = await query<Seen>(
      `select v.visit_ref as phone, a.state, a.owner, k.flow_state ->> 'step' as step,
       (select extract(epoch from clock_timestamp() - max(r.created_at))::float8 * 1000 from recording r
        where r.call_id = k.id and r.state = 'recording') as "recordingMs"
     from attempt a join visit v on v.id = a.visit_id left join call k on k.attempt_id = a.id`,
    );
    return new Map(rows.map((row) => [row.phone, row]));
  }

  async function until(what: string, holds: (now: Map<string, Seen>) => boolean): Promise<void> {
    let last = new Map<string, Seen>();
    const look = async () => {
      last = await seen();
      return holds(last);
    };
    await comes(what, look, 90_000).catch((thrown) => {
      throw new Error(`${thrown.message}: ${JSON.stringify([...last.values()])}`);
    });
  }

  const areOver = (people: Person[]) =>
    comes(
      "over",
      async () => {
        const numbers = people.map(({ number }) => number);
        return (
          (await query("select from visit where visit_ref = any($1) and status = 'done'", numbers)).length ===
          people.length
        );
      },
      120_000,
    );

  const keysOf = async ({ number }: Person): Promise<string> => {
    const rows = await query<{ digit: string }>(
      `select p.digit from key_press p join call k on k.id = p.call_id join visit v on v.id = k.visit_id
     where v.visit_ref = $1 order by p.sequence`,
      number,
    );
    return rows.map(({ digit }) => digit).join("");
  };

  /** All that they told, and nothing lost: from the store, once it is there. */
  async function expectStory({ number, expect: { story } }: Person): Promise<{ parts: number }> {
    const sql = `select s.uri, s.truncated, (select count(*)::int from recording r where r.story_id = s.id) as parts
    from story s join visit v on v.id = s.visit_id where v.visit_ref = $1 and s.state = 'kept' and s.audio = 'stored'`;
    const stored = () => query<{ uri: string; truncated: boolean; parts: number }>(sql, number);
    await comes("stored", async () => (await stored()).length === 1);
    const [row] = await stored();
    expect(row!.truncated).toBe(false);
    const key = Buffer.from(hospital.env.HEARBACK_DATA_KEY!, "hex");
    const kept = await storedAudio(hospital.database.pool, row!.uri, key);
    for (const sound of story) expectEveryWord(kept, spoken(sound));
    return { parts: row!.parts };
  }

  const rangOnce = (people: Person[]): void => {
    const rang = telephonesThatRang(hospital.network.carrier!.dir);
    for (const { number, title } of people)
      expect(
        rang.filter((one) => one === number),
        `the telephone of one who ${title}`,
      ).toHaveLength(1);
  };

  const close = async () => {
    for (const { process } of running) process.kill("SIGKILL");
    await hospital.stop();
  };
  const rings = ({ id }: Ringer) => hospital.network.carrier!.ring(id);
  return {
    hospital,
    rings,
    query,
    serve,
    isSteady,
    campaignWith,
    seen,
    until,
    areOver,
    keysOf,
    expectStory,
    rangOnce,
    close,
  };
}
export type OpenHospital = Awaited<ReturnType<typeof openHospital>>;
