/** Each rule at the claim, and again at the last check: what the dial statement tests on a real Postgres. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallingSpan } from "#campaign/calling-hours.ts";
import type { Campaign, CampaignSettings } from "#campaign/campaign.ts";
import type { AttemptEnding, ImportedVisit } from "#campaign/ports.ts";
import { noteBrokenPromises } from "#campaign/promises.ts";
import { isRefusal } from "#campaign/refusals.ts";
import { newName } from "#lib/ids.ts";
import { campaignStanding, createCampaign, startCampaign } from "#postgres/campaigns.ts";
import { createLedger, type PostgresLedger } from "#postgres/ledger.ts";
import { createPromiseBook } from "#postgres/promise-book.ts";
import { diallingStopped, resumeAll, stopAll } from "#postgres/stop-switch.ts";
import { readWork } from "#postgres/vital-signs.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  begin,
  ciphers,
  dialAgain,
  dialled,
  dramaNumber,
  ending,
  hoursAround,
  importVisits,
  settings,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ maxConnections: 20 });
});
afterAll(() => db.drop());

const rules = { numberOnceADay: true, contactBudget: { surveys: 1, days: 30 } };
const newLedger = (maxCallsADay: number | null = null): PostgresLedger =>
  createLedger(db.pool, { owner: newName("test"), ciphers, leaseMs: 60_000, maxCallsADay });

async function campaignWith(
  list: ImportedVisit[],
  different: Partial<CampaignSettings> = rules,
  span: CallingSpan = hoursAround(new Date()),
): Promise<Campaign> {
  const name = newName("campaign");
  const { id } = await createCampaign(db.pool, {
    ...{ name, trust: "RXX", unit: "all", rehearsal: true },
    settings: { ...settings, ...different },
  });
  const campaign = await startCampaign(db.pool, name);
  await newLedger().writePermittedSpans(id, [span]);
  await importVisits(db.pool, id, list);
  return campaign;
}

/** One attempt, dialled and ended so. */
async function rung(campaign: Campaign, different: Partial<AttemptEnding>, ledger = newLedger()) {
  const [attempt] = await ledger.claim(campaign, 1);
  expect(await ledger.commitToRing(attempt!, campaign, "asterisk")).toMatchObject({ kind: "committed" });
  await ledger.end(attempt!, ending(different));
  return attempt!;
}

const visitRow = async (visitId: string) =>
  (await db.pool.query("select status, disposition, not_before from visit where id = $1", [visitId])).rows[0];
const standing = async (campaign: Campaign) =>
  (
    await db.pool.query(
      `select v.status, v.disposition, (select max(because) from passed_over p where p.visit_id = v.id) as because,
         v.not_before > now() as later
       from visit v where campaign_id = $1 order by v.id desc limit 1`,
      [campaign.id],
    )
  ).rows[0];

const missed = { disposition: "no_answer", contact: false } as const;
const phones = (function* () {
  for (let n = 0; ; n += 1) yield dramaNumber(n);
})();
const newPhone = () => phones.next().value!;
const inMs = (ms: number) => new Date(Date.now() + ms);
const hourMs = 3_600_000;

interface Case {
  because: string;
  /** What has happened by then, to the visit of this number and person. */
  before(of: { phone: string; person: string; visitId: string; campaign: Campaign }): Promise<unknown>;
  /** How the visit stands afterwards. */
  after: { status: string; disposition?: string; later?: boolean };
  visit?: Partial<ImportedVisit>;
}

const sql = (text: string, ...values: unknown[]) => db.pool.query(text, values);

const cases: Case[] = [
  {
    because: "number-rang-today",
    before: async ({ phone }) => rung(await campaignWith([visit({ phone, person: "other" })]), missed),
    after: { status: "due", later: true },
    visit: { nhsNumber: "9990548609" },
  },
  {
    because: "number-resting",
    before: async ({ phone }) =>
      rung(await campaignWith([visit({ phone, person: "other" })]), {
        ...missed,
        disposition: "machine",
        numberRestsUntil: inMs(30 * hourMs),
      }),
    after: { status: "due", later: true },
    visit: { nhsNumber: "9990548609" },
  },
  {
    because: "contact-budget",
    before: async ({ person }) =>
      rung(await campaignWith([visit({ phone: newPhone(), person })]), {
        disposition: "declined",
        contact: true,
      }),
    after: { status: "done", disposition: "suppressed" },
  },
  {
    because: "suppressed",
    before: ({ visitId }) =>
      sql(
        `insert into opt_out (trust, unit, scope, source, person_hmac)
         select trust, unit, 'person', 'staff', person_hmac from visit where id = $1`,
        visitId,
      ),
    after: { status: "done", disposition: "suppressed" },
  },
  {
    because: "sensitive",
    before: () =>
      sql(`insert into sensitive_service (trust, unit, service, reason)
           values ('RXX', 'all', 'early pregnancy%', 'miscarriage')`),
    after: { status: "done", disposition: "suppressed" },
    visit: { service: " Early Pregnancy Unit " },
  },
  {
    because: "expired",
    before: ({ visitId }) => sql("update visit set expires_at = clock_timestamp() where id = $1", visitId),
    after: { status: "done", disposition: "expired" },
  },
  {
    because: "attempts-used-up",
    before: ({ visitId }) =>
      sql("update visit set attempts = 3, tried = 3, disposition = 'no_answer' where id = $1", visitId),
    after: { status: "done", disposition: "no_answer" },
  },
];

describe("a visit that is not to be rung", () => {
  const prepare = async ({ visit: different }: Case) => {
    const phone = newPhone();
    const person = newName("person");
    const campaign = await campaignWith([visit({ phone, person, ...different })]);
    const { rows } = await sql("select id from visit where campaign_id = $1", campaign.id);
    return { phone, person, campaign, visitId: rows[0].id as string };
  };

  it.each(cases)("is not claimed: $because", async (one) => {
    const of = await prepare(one);
    await one.before(of);
    expect(await newLedger().claim(of.campaign, 5)).toEqual([]);
    expect(await standing(of.campaign)).toMatchObject({ because: one.because, ...one.after });
    await sql("update sensitive_service set removed_at = now()");
  });

  it.each(cases)("is not rung when it became so after the claim: $because", async (one) => {
    const of = await prepare(one);
    const ledger = newLedger();
    const [attempt] = await ledger.claim(of.campaign, 1);
    // The claimed attempt bars its number and person: what others did meanwhile is written past the queue.
    await sql("update attempt set phone_hmac = '\\x00', person_hmac = null where id = $1", attempt!.id);
    await one.before(of);
    expect(await ledger.commitToRing(attempt!, of.campaign, "asterisk")).toEqual({
      kind: "refused",
      because: one.because,
    });
    expect(isRefusal(one.because)).toBe(true);
    const { status, disposition, later } = one.after;
    const row = await visitRow(of.visitId);
    expect(row.status).toBe(status);
    if (disposition) expect(row.disposition).toBe(disposition);
    if (later) expect(row.not_before.getTime()).toBeGreaterThan(Date.now());
    await sql("update sensitive_service set removed_at = now()");
  });

  it("is rung all the same where a call was promised, but for what bars everybody", async () => {
    const of = await prepare(cases[0]!);
    await cases[0]!.before(of);
    await cases[2]!.before(of);
    await sql("update visit set next_reason = 'callback' where id = $1", of.visitId);
    await rung(of.campaign, {});
    const again = await prepare(cases[5]!);
    await cases[5]!.before(again);
    await sql("update visit set next_reason = 'callback' where id = $1", again.visitId);
    expect(await newLedger().claim(again.campaign, 1)).toEqual([]);
  });

  it("once reached, is never rung again, whatever says it is due", async () => {
    const of = await prepare(cases[0]!);
    await rung(of.campaign, { disposition: "hung_up", contact: true });
    await sql("update visit set status = 'due', not_before = now() where id = $1", of.visitId);
    expect(await newLedger().claim(of.campaign, 1)).toEqual([]);
    expect(await standing(of.campaign)).toMatchObject({ status: "done", because: "already-reached" });
  });
});

describe("one ring a number and local day", () => {
  it("lets the next day come, and a busy number be tried again the same day", async () => {
    const phone = newPhone();
    const campaign = await campaignWith([visit({ phone })]);
    const retry = { kind: "retry", at: inMs(-1) } as const;
    const busy = { ...missed, disposition: "busy", rang: false, follows: retry } as const;
    await rung(campaign, busy);
    const second = await rung(campaign, { ...missed, follows: retry });
    const ledger = newLedger();
    expect(await ledger.claim(campaign, 1)).toEqual([]);
    const { not_before } = await visitRow(second.visitId);
    const day = hoursAround(new Date()).day;
    expect(Math.abs(not_before.getTime() - day.to.getTime())).toBeLessThan(60_000);
    // Midnight: the same span, of which the day begins after that ring.
    await sql("update visit set not_before = now() where id = $1", second.visitId);
    const from = new Date((await sql("select clock_timestamp() as now")).rows[0].now);
    await ledger.writePermittedSpans(campaign.id, [{ from, to: day.to, day: { from, to: day.to } }]);
    expect(await ledger.claim(campaign, 1)).toHaveLength(1);
  });

  it("is for telephones, not for people: relatives at one number wait for each other's day", async () => {
    const phone = newPhone();
    const list = ["9990548609", "9990548617"].map((nhsNumber) =>
      visit({ phone, person: nhsNumber, nhsNumber }),
    );
    const campaign = await campaignWith(list);
    await rung(campaign, { disposition: "completed", contact: true });
    expect(await newLedger().claim(campaign, 1)).toEqual([]);
    expect(await standing(campaign)).toMatchObject({ because: "number-rang-today", later: true });
  });
});

describe("the contact budget", () => {
  it("counts surveys, not calls, and forgets them after its days", async () => {
    const person = newName("person");
    const budget = { ...rules, numberOnceADay: false, contactBudget: { surveys: 2, days: 30 } };
    const asked = () => campaignWith([visit({ phone: newPhone(), person })], budget);
    const promise = { kind: "callback", at: inMs(-1), again: false } as const;
    const first = await asked();
    await rung(first, { disposition: "callback", contact: true, follows: promise });
    await rung(first, { disposition: "completed", contact: true });
    await rung(await asked(), { disposition: "partial", contact: true });
    expect(await newLedger().claim(await asked(), 1)).toEqual([]);
    await sql(
      "update attempt set ended_at = ended_at - interval '30 days' where person_hmac = $1",
      ciphers.hash("person", person),
    );
    expect(await newLedger().claim(await asked(), 1)).toHaveLength(1);
  });

  it("goes by the number where one of the two is known by nothing else", async () => {
    const phone = newPhone();
    const off = { ...rules, numberOnceADay: false };
    await rung(
      await campaignWith([visit({ phone, nhsNumber: "9990548609", person: newName("p") })], off),
      {},
    );
    const named = visit({ phone, nhsNumber: "9990548617", person: newName("p") });
    expect(await newLedger().claim(await campaignWith([named], off), 1)).toHaveLength(1);
    await sql(
      "update attempt set state = 'ended', disposition = 'failed', ended_at = now() where state = 'intent'",
    );
    const nameless = await campaignWith([visit({ phone, person: newName("p") })], off);
    expect(await newLedger().claim(nameless, 1)).toEqual([]);
    expect(await standing(nameless)).toMatchObject({ because: "contact-budget" });
  });

  it("has one call at a time for a person with two numbers", async () => {
    const person = newName("person");
    const both = [visit({ phone: newPhone(), person }), visit({ phone: newPhone(), person })];
    const campaign = await campaignWith(both);
    expect(await newLedger().claim(campaign, 2)).toHaveLength(1);
    expect(await newLedger().claim(campaign, 2)).toEqual([]);
  });
});

describe("calling hours at the last check", () => {
  it("are judged by the database's clock, at one instant, the end not included", async () => {
    const campaign = await campaignWith([visit({ phone: newPhone() }), visit({ phone: newPhone() })]);
    const ledger = newLedger();
    const [first, second] = await ledger.claim(campaign, 2);
    const now = async () => new Date((await sql("select clock_timestamp() as now")).rows[0].now);
    const until = new Date((await now()).getTime() + 1);
    const span = (from: Date, to: Date) => [{ from, to, day: { from, to } }];
    await ledger.writePermittedSpans(campaign.id, span(inMs(-hourMs), until));
    while ((await now()) < until);
    expect(await ledger.commitToRing(first!, campaign, "asterisk")).toEqual({
      kind: "refused",
      because: "outside-calling-hours",
    });
    await ledger.writePermittedSpans(campaign.id, span(await now(), inMs(hourMs)));
    expect(await ledger.commitToRing(second!, campaign, "asterisk")).toMatchObject({ kind: "committed" });
    const { rows } = await sql(
      "select permitted @> dialed_at as inside from attempt where id = $1",
      second!.id,
    );
    expect(rows).toEqual([{ inside: true }]);
  });
});

describe("caps of a day", () => {
  const list = (count: number) => Array.from({ length: count }, () => visit({ phone: newPhone() }));

  it.each([
    ["campaign-calls-a-day", { maxCallsADay: 7 }, null],
    ["installation-calls-a-day", {}, 7],
  ] as const)("are kept to the call by 16 that commit at once: %s", async (because, different, ours) => {
    await sql("update attempt set dialed_at = dialed_at - interval '3 days' where dialed_at is not null");
    const campaign = await campaignWith(list(16), { ...rules, ...different });
    const ledger = newLedger(ours);
    const attempts = await ledger.claim(campaign, 16);
    const outcomes = await Promise.all(
      attempts.map((attempt) => ledger.commitToRing(attempt, campaign, "asterisk")),
    );
    expect(outcomes.filter(({ kind }) => kind === "committed")).toHaveLength(7);
    expect(outcomes.filter((one) => one.kind === "refused" && one.because === because)).toHaveLength(9);
    expect(await ledger.claim(campaign, 16)).toEqual([]);
    // Whoever starts anew, perhaps with another cap, looks again.
    await ledger.writePermittedSpans(campaign.id, [hoursAround(new Date())]);
    expect(await ledger.claim(campaign, 16)).toHaveLength(9);
  });

  it("count what the minutes cost, begun ones whole", async () => {
    const different = { ...rules, maxCostADayPence: 10, costPerMinutePence: 2.5 };
    const campaign = await campaignWith(list(3), different);
    const answered = async (seconds: number) => {
      const attempt = await rung(campaign, { disposition: "completed" });
      await sql(
        "update attempt set answered_at = ended_at - $2 * interval '1 s' where id = $1",
        attempt.id,
        seconds,
      );
    };
    await answered(119);
    await answered(61);
    const ledger = newLedger();
    const [third] = await ledger.claim(campaign, 1);
    expect(await ledger.commitToRing(third!, campaign, "asterisk")).toEqual({
      kind: "refused",
      because: "campaign-cost-a-day",
    });
    expect(await visitRow(third!.visitId)).toMatchObject({ status: "due", disposition: "pending" });
  });
});

describe("the switch for everything", () => {
  it("stops claims and calls that are claimed already, and says who stopped them", async () => {
    const campaign = await campaignWith([visit({ phone: newPhone() }), visit({ phone: newPhone() })]);
    const ledger = newLedger();
    const [claimed] = await ledger.claim(campaign, 1);
    await stopAll(db.pool, { by: "nurse in charge", because: "wrong list" });
    await stopAll(db.pool, { by: "somebody else", because: "later" });
    expect(await diallingStopped(db.pool)).toMatchObject({ by: "nurse in charge", because: "wrong list" });
    expect(await ledger.commitToRing(claimed!, campaign, "asterisk")).toEqual({
      kind: "refused",
      because: "stopped-by-staff",
    });
    expect(await ledger.claim(campaign, 1)).toEqual([]);
    expect(await resumeAll(db.pool, { by: "nurse in charge" })).toMatchObject({ because: "wrong list" });
    expect(await resumeAll(db.pool, { by: "again" })).toBeNull();
    expect(await diallingStopped(db.pool)).toBeNull();
    expect(await ledger.claim(campaign, 2)).toHaveLength(2);
  });
});

describe("a campaign that was paused for weeks", () => {
  it("rings those that are still in time, and settles the others by the hundred", async () => {
    const day = 24 * hourMs;
    const late = Array.from({ length: 1200 }, (_, n) =>
      visit({ phone: dramaNumber(900 + (n % 99)), visitAt: inMs(-2 * day) }),
    );
    const campaign = await campaignWith([...late, visit({ phone: newPhone(), visitAt: inMs(-day) })]);
    await sql(
      "update visit set expires_at = now() where campaign_id = $1 and visit_at < $2",
      campaign.id,
      inMs(-1.5 * day),
    );
    expect(await newLedger().claim(campaign, 2)).toHaveLength(1);
    const { rows } = await sql(
      "select disposition, count(*)::int from visit where campaign_id = $1 group by 1",
      campaign.id,
    );
    expect(rows).toContainEqual({ disposition: "expired", count: 1200 });
  });

  it("has visits expired from the first where the list is old", async () => {
    const campaign = await campaignWith([visit({ phone: newPhone(), visitAt: inMs(-8 * 24 * hourMs) })]);
    expect(await standing(campaign)).toMatchObject({
      status: "done",
      disposition: "expired",
      because: "expired",
    });
  });
});

describe("I3 as a constraint", () => {
  const copy = (attemptId: string, different: string) =>
    sql(
      `insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, state, channel_id, owner,
         phone_hmac, dialed_at, ended_at, disposition, counts)
       select n.id, visit_id, campaign_id, trust, unit, number + 1, ${different}, false, 'ended', 'hb-' || n.id, owner,
         phone_hmac, dialed_at, ended_at, 'no_answer', true
       from attempt, (select housekeeping.new_id() as id) n where attempt.id = $1`,
      attemptId,
    );

  it("refuses an attempt beyond the campaign's, promised calls beside", async () => {
    const campaign = await campaignWith([visit({ phone: newPhone() })]);
    const { id } = await rung(campaign, missed);
    await copy(id, "'retry'");
    await copy(id, "'callback'");
    await copy(id, "'retry'");
    await expect(copy(id, "'retry'")).rejects.toThrow(/has had all its attempts/);
    await copy(id, "'callback'");
  });

  it("refuses an attempt once somebody was reached", async () => {
    const campaign = await campaignWith([visit({ phone: newPhone() })]);
    const { id } = await rung(campaign, { disposition: "completed", contact: true });
    await expect(copy(id, "'retry'")).rejects.toThrow(/was reached already/);
  });
});

describe("promises", () => {
  const promised = async () => {
    const { attempt, campaign, ledger } = await dialled(db.pool, visit({ phone: newPhone() }));
    const callId = await begin(db.pool, attempt);
    await sql(
      `insert into callback (visit_id, call_id, trust, unit, due, asked_at)
       values ($1, $2, 'RXX', 'all', now() - interval '6 minutes', now() - interval '1 hour')`,
      attempt.visitId,
      callId,
    );
    const follows = { kind: "callback", at: inMs(-6 * 60_000), again: false } as const;
    await sql("update visit set expires_at = now() + interval '1 minute' where id = $1", attempt.visitId);
    await ledger.end(attempt, ending({ disposition: "callback", contact: true, follows }));
    const { rows } = await sql("select expires_at, not_before from visit where id = $1", attempt.visitId);
    return { visitId: attempt.visitId, campaign, ledger, row: rows[0] };
  };
  const stateOf = async (visitId: string) =>
    (await sql("select state from callback where visit_id = $1", visitId)).rows.map(({ state }) => state);

  it("are broken once five minutes have passed and nobody rang; the call is made all the same", async () => {
    const { visitId, campaign, ledger, row } = await promised();
    expect(await noteBrokenPromises(createPromiseBook(db.pool))).toBe(1);
    expect(await stateOf(visitId)).toEqual(["broken"]);
    expect(row.expires_at.getTime()).toBeGreaterThan(row.not_before.getTime() + 23 * hourMs);
    const late = await dialAgain(ledger, campaign);
    expect(late.reason).toBe("callback");
    await ledger.end(late, ending({ promise: "kept" }));
    expect(await stateOf(visitId)).toEqual(["broken"]);
  });

  it("are not broken while their call is under way, nor when it is only to be repeated", async () => {
    const { visitId, campaign, ledger } = await promised();
    const call = await dialAgain(ledger, campaign);
    expect(await noteBrokenPromises(createPromiseBook(db.pool))).toBe(0);
    await ledger.end(call, ending({ ...missed, follows: { kind: "callback", at: inMs(1000), again: true } }));
    expect(await noteBrokenPromises(createPromiseBook(db.pool))).toBe(0);
    expect(await stateOf(visitId)).toEqual(["promised"]);
  });

  it("outlast the visit's expiry by a day, and no longer", async () => {
    const { visitId, row } = await promised();
    await sql("update visit set expires_at = now() - interval '1 minute' where id = $1", visitId);
    const { rows } = await sql("select campaign_id from visit where id = $1", visitId);
    expect(row.expires_at.getTime() - row.not_before.getTime()).toBeGreaterThanOrEqual(24 * hourMs);
    const campaign = { id: rows[0].campaign_id, settings } as Campaign;
    expect(await newLedger().claim(campaign, 1)).toEqual([]);
    expect(await stateOf(visitId)).toEqual(["withdrawn"]);
  });
});

describe("a campaign whose settings are damaged", () => {
  it("makes no calls, is told of, and leaves the others alone", async () => {
    const [good, bad] = [await campaignWith([]), await campaignWith([])];
    await sql(`update campaign set settings = settings || '{"ringSeconds": "long"}' where id = $1`, bad.id);
    const told: string[] = [];
    const ledger = createLedger(db.pool, {
      ...{ owner: newName("test"), ciphers, leaseMs: 60_000 },
      onDamaged: ({ id, problem }) => told.push(`${id} ${problem}`),
    });
    const ids = (await ledger.runningCampaigns()).map(({ id }) => id);
    expect(ids).toContain(good.id);
    expect(ids).not.toContain(bad.id);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`${bad.id} 1 campaign setting is wrong`);
    expect(await readWork(db.pool)).toMatchObject({ damaged: [bad.id] });
    await sql("update campaign set status = 'stopped' where id = $1", bad.id);
  });
});

describe("a cap that is reached", () => {
  it("is told, and the share of visits called in time is counted", async () => {
    const list = [50, 47, 1].map((hours) => visit({ phone: newPhone(), visitAt: inMs(-hours * hourMs) }));
    const campaign = await campaignWith(list, { ...rules, maxCallsADay: 2 });
    await rung(campaign, missed);
    await rung(campaign, missed);
    const ledger = newLedger();
    const [third] = await ledger.claim(campaign, 1);
    await ledger.commitToRing(third!, campaign, "asterisk");
    const { capped } = await readWork(db.pool);
    expect(capped).toContainEqual({ campaignId: campaign.id, because: "campaign-calls-a-day" });
    const { timely } = await campaignStanding(db.pool, campaign.name);
    expect(timely).toEqual({ called: 2, within48h: 1 });
  });
});

describe("whatever comes together", () => {
  const endings: Partial<AttemptEnding>[] = [
    { ...missed, follows: { kind: "retry", at: new Date(0) } },
    { ...missed, disposition: "busy", rang: false, follows: { kind: "retry", at: new Date(0) } },
    { disposition: "callback", contact: true, follows: { kind: "callback", at: new Date(0), again: false } },
    { disposition: "declined", contact: true },
  ];

  it("eight dialers, retries, promises and imports at once never ring a number twice a day unasked, nor a person over budget", async () => {
    await sql(
      "update attempt set dialed_at = dialed_at - interval '3 days', ended_at = ended_at - interval '40 days' where dialed_at is not null",
    );
    const chosen = Array.from({ length: 12 }, () => ({
      phone: newPhone(),
      other: newPhone(),
      person: newName("p"),
    }));
    const list = () =>
      chosen.flatMap(({ phone, other, person }) => [
        visit({ phone, person, nhsNumber: "9990548609" }),
        visit({ phone: other, person, nhsNumber: "9990548609" }),
      ]);
    const capped = { ...rules, maxCallsADay: 30 };
    const campaigns = [await campaignWith(list(), capped), await campaignWith(list(), capped)];
    let turn = 0;
    const next = <T>(of: T[]): T => {
      turn += 1;
      return of[turn % of.length]!;
    };
    const dialer = async () => {
      const ledger = newLedger();
      for (let round = 0; round < 12; round += 1) {
        const campaign = next(campaigns);
        if (round === 6) await importVisits(db.pool, campaign.id, list().slice(0, 4));
        for (const attempt of await ledger.claim(campaign, 3)) {
          if ((await ledger.commitToRing(attempt, campaign, "asterisk")).kind === "refused") continue;
          const end = next(endings);
          const once = attempt.reason === "callback" && end.follows?.kind === "callback";
          await ledger.end(attempt, ending(once ? { contact: true } : end));
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, dialer));
    const ids = campaigns.map(({ id }) => id);
    const { rows: calls } = await sql(
      "select campaign_id, count(*)::int as made from attempt where campaign_id = any($1) and dialed_at is not null group by 1",
      ids,
    );
    for (const { made } of calls) expect(made).toBeLessThanOrEqual(30);
    expect(calls.reduce((sum, { made }) => sum + made, 0)).toBeGreaterThan(20);
    const { rows: rang } = await sql(
      `select phone_hmac from attempt where campaign_id = any($1) and rang and reason <> 'callback' group by 1 having count(*) > 1`,
      ids,
    );
    expect(rang).toEqual([]);
    const { rows: asked } = await sql(
      `select person_hmac from attempt where campaign_id = any($1) and contact group by 1 having count(distinct visit_id) > 1`,
      ids,
    );
    expect(asked).toEqual([]);
  });
});
