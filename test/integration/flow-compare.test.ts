/** Two releases beside each other on the page: of people at the same time, and no winner without proof. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowFigures } from "#postgres/flow-figures.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { dramaNumber, runningCampaign, visit } from "../support/survey.ts";

let db: TestDatabase;
let room: TestRoom;
let tess: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  tess = await room.visitor("telecoms", "Tess Example");
  for (const [number, state] of [
    [1, "former"],
    [2, "live"],
    [3, "canary"],
  ])
    await db.pool.query(
      `insert into housekeeping.release (number, state, share, digest, based_on, note, author_kind, author_id, author_name)
       values ($1, $2, 0.5, 'none', nullif($1 - 1, 0), 'release ' || $1, 'user', 'u', 'Tess Example')`,
      [number, state],
    );
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

let count = 0;
function nextNumber(): string {
  count += 1;
  return dramaNumber(count % 1000);
}
/** So many people answered their call, hour by hour from this time on; so many of them came to the end. */
async function called(
  release: number,
  from: string,
  { people, completed, hours = 10 }: { people: number; completed: number; hours?: number },
) {
  const list = Array.from({ length: people }, () => visit({ phone: nextNumber() }));
  const campaign = await runningCampaign(db.pool, list);
  await db.pool.query(
    `with listed as (select v.*, row_number() over (order by id) - 1 as n from visit v where campaign_id = $1),
     tried as (
       insert into attempt (id, visit_id, campaign_id, trust, unit, number, reason, again, owner, phone_hmac, channel_id, state,
         dialed_at, ended_at, disposition, counts)
       select i.id, l.id, l.campaign_id, l.trust, l.unit, 1, 'first', false, 'test', l.phone_hmac, 'hb-' || i.id, 'ended', now(), now(),
         'completed', true
       from listed l cross join lateral (select housekeeping.new_id() as id, l.n) i returning id, visit_id)
     insert into call (id, attempt_id, visit_id, trust, unit, flow, flow_version, answered_at, ended_at, ended_by, disposition,
       flow_state, release)
     select t.id, t.id, t.visit_id, l.trust, l.unit, 'fft', repeat('0', 64), a.at, a.at + interval '1 minute', 'them',
       case when l.n < $4 then 'completed' else 'hung_up' end, '{}', $2
     from tried t join listed l on l.id = t.visit_id
     cross join lateral (select $3::timestamptz + l.n * $5 * interval '1 hour' / $6 as at) a`,
    [campaign.id, release, from, completed, hours, people],
  );
}
const tight = (html: string): string =>
  html
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, " ");

describe("two releases compared", () => {
  it("are found from the trial's own page, and are then the live one and the one on trial", async () => {
    for (const page of ["/releases", "/releases/3"]) {
      const { text } = await tess.get(page);
      expect(tight(text), page).toContain("Which works better, release 2 or release 3?");
      expect(text).toContain('href="/flows/fft/compare?first=2&amp;second=3"');
    }
    expect((await tess.get("/releases/1")).text).not.toContain("/compare?");
    await db.pool.query(
      `insert into housekeeping.release (number, state, share, digest, based_on, note, author_kind, author_id, author_name)
       values (4, 'withdrawn', 1, 'none', 3, 'newer, and rolled back', 'user', 'u', 'Tess Example')`,
    );
    const { text } = await tess.get("/flows/fft/compare");
    expect([...text.matchAll(/<option value="(\d)" selected/g)].map(([, number]) => number)).toEqual([
      "2",
      "3",
    ]);
    expect(tight(text)).toContain("Publish the draft with a share of 50%");
    expect(tight(text)).toContain(
      "Two groups of 200 are likely to show a difference of 14 percentage points",
    );
  });

  it("are not, where one came after the other", async () => {
    await called(1, "2026-11-10T09:00:00Z", { people: 30, completed: 20 });
    await called(2, "2026-11-12T09:00:00Z", { people: 40, completed: 24 });
    expect(
      await createFlowFigures(db.pool).completion(tess.who.userId, "fft", { first: 1, second: 2 }),
    ).toBeNull();
    expect(tight((await tess.get("/flows/fft/compare?first=1&second=2")).text)).toContain(
      "One release after the other cannot be compared",
    );
    expect(tight((await tess.get("/flows/fft/compare?first=2&second=2")).text)).toContain(
      "Choose two different releases.",
    );
  });

  it("name no winner while it may be chance, and say how many more people it takes", async () => {
    await called(3, "2026-11-12T09:00:00Z", { people: 40, completed: 28 });
    const found = await createFlowFigures(db.pool).completion(tess.who.userId, "fft", {
      first: 2,
      second: 3,
    });
    expect(found).toMatchObject({ first: { of: 24, calls: 40 }, second: { of: 28, calls: 40 } });
    const page = tight((await tess.get("/flows/fft/compare")).text);
    expect(page).toContain("It cannot be told yet which works better");
    expect(page).toMatch(
      /The difference may be -\d+\.\d to \+\d+\.\d percentage points, and so it may be none\./,
    );
    expect(page).toMatch(/it takes about \d+ more people with each release to see it/);
    expect(page).not.toContain("works better The difference is");
  });

  it("do, with the interval, once 0 is not within it", async () => {
    await called(2, "2026-11-12T09:00:00Z", { people: 200, completed: 100 });
    await called(3, "2026-11-12T09:00:00Z", { people: 200, completed: 150 });
    const page = tight((await tess.get("/flows/fft/compare?first=2&second=3")).text);
    expect(page).toContain(
      "Release 3 works better The difference is +22.5 percentage points, and with 95% certainty between",
    );
    expect((await tess.get("/flows/fft/compare?first=2&second=3")).text).toContain(
      '<svg class="flow-intervals"',
    );
  });

  it("count people of their own trusts, and no machines", async () => {
    const other = await room.visitor([{ role: "telecoms", trust: "RYY" }]);
    expect(
      await createFlowFigures(db.pool).completion(other.who.userId, "fft", { first: 2, second: 3 }),
    ).toBeNull();
    await db.pool.query("update call set machine_by = 'talk', machine_false_alarm = false where release = 3");
    expect(
      await createFlowFigures(db.pool).completion(tess.who.userId, "fft", { first: 2, second: 3 }),
    ).toBeNull();
  });
});
