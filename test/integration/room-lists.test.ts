/** A list of visits on the pages: looked through before anything of it is there, and its numbers for nobody else. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newId, newName } from "#lib/ids.ts";
import { createCampaign } from "#postgres/campaigns.ts";
import { hostileNames } from "../fixtures/hostile-names.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRole, type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import {
  dialAgain,
  dramaNumber,
  ending,
  newLedger,
  runningCampaign,
  settings,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
let room: TestRoom;
let coordinator: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
});
beforeEach(async () => {
  coordinator = await room.visitor("coordinator");
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

/** Open at every hour, so that what may be called may be called now. */
const always = Object.fromEntries(
  [1, 2, 3, 4, 5, 6, 7].map((day) => [day, ["00:00", "24:00"] as [string, string]]),
);
const draft = async (trust = "RXX", more: object = {}): Promise<string> => {
  const hours = { timeZone: "Europe/London", days: always, closedOn: [], holidays: null };
  const made = await createCampaign(db.pool, {
    ...{ name: newName("campaign"), trust, unit: "all", rehearsal: true },
    settings: { ...settings, callingHours: hours, ...more },
  });
  return made.id;
};

const visitsOf = async (campaignId: string): Promise<string[]> => {
  const sql = "select visit_ref as ref from visit where campaign_id = $1 order by id";
  return (await db.pool.query<{ ref: string }>(sql, [campaignId])).rows.map(({ ref }) => ref);
};

async function uploaded(campaignId: string, list: string | Buffer, fields: Record<string, string> = {}) {
  const { status, headers } = await coordinator.upload(`/campaigns/${campaignId}/list`, list, fields);
  expect(status).toBe(303);
  return String(headers.location);
}

/** A page as it is read. */
const readable = (html: string): string =>
  html
    .slice(html.indexOf("<main"))
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");

const good = ["visit_ref,phone", `A1,${dramaNumber(801)}`, `A2,${dramaNumber(802)}`].join("\n");

describe("every page of lists", () => {
  it("opens for coordinators, and for nobody else", async () => {
    const id = await draft();
    const preview = await uploaded(id, good);
    const pages = [`/campaigns/${id}/list`, preview, `${preview}/rejects.csv`];
    for (const role of everyRole) {
      if (role === "coordinator") continue;
      const visitor = await room.visitor(role);
      for (const page of pages)
        expect([role, page, (await visitor.get(page)).status]).toEqual([role, page, 403]);
      for (const act of [preview, `${preview}/drop`]) expect((await visitor.post(act)).status).toBe(403);
      expect((await visitor.upload(`/campaigns/${id}/list`, good)).status).toBe(403);
    }
    for (const page of pages) expect((await room.nobody.get(page)).status).toBe(303);
    for (const page of pages) expect((await coordinator.get(page)).status).toBe(200);
    expect(await visitsOf(id)).toEqual([]);
  });

  it("takes no list for another trust's campaign", async () => {
    const id = await draft("RYY");
    expect((await coordinator.get(`/campaigns/${id}/list`)).status).toBe(404);
    expect((await coordinator.upload(`/campaigns/${id}/list`, good)).status).toBe(404);
    expect(
      (await db.pool.query("select from housekeeping.list_upload where campaign_id = $1", [id])).rowCount,
    ).toBe(0);
  });

  it("shows a list to whoever sent it, and to no colleague", async () => {
    const id = await draft();
    const preview = await uploaded(id, `${good}\nA3,${dramaNumber(803)}x`);
    const colleague = await room.visitor("coordinator");
    for (const page of [preview, `${preview}/rejects.csv`])
      expect((await colleague.get(page)).status).toBe(404);
    expect((await colleague.post(preview, { skipBad: "yes" })).status).toBe(404);
    await colleague.post(`${preview}/drop`);
    expect((await coordinator.get(preview)).status).toBe(422);
  });

  it("takes no upload that another page made", async () => {
    const id = await draft();
    await coordinator.get(`/campaigns/${id}/list`);
    const stranger = await room.visitor("coordinator");
    const { status } = await room.nobody.upload(`/campaigns/${id}/list`, good);
    expect(status).toBe(303);
    const forged = await stranger.post(`/campaigns/${id}/list?_csrf=made-up`, { _csrf: "made-up" });
    expect(forged.status).toBe(403);
  });
});

describe("a good list", () => {
  it("is shown first, imported once it is confirmed, and is kept no longer", async () => {
    const id = await draft();
    const preview = await uploaded(id, good, { keep: "" });
    const page = await coordinator.get(preview);
    expect(page.status).toBe(200);
    expect(readable(page.text)).toMatch(
      /Nothing is imported yet.*New visits 2 .*Called as soon as the campaign runs: 2/,
    );
    expect(await visitsOf(id)).toEqual([]);
    const { status, headers } = await coordinator.post(preview);
    expect([status, headers.location]).toEqual([303, `/campaigns/${id}?done=imported`]);
    expect(await visitsOf(id)).toEqual(["A1", "A2"]);
    expect((await coordinator.get(preview)).status).toBe(404);
    expect((await coordinator.post(preview)).status).toBe(404);
    const sql = `select action, reason, trust, details, who_id as who from housekeeping.audit_entry
      where subject_id = $1 order by n`;
    const who = { action: "import", reason: null, trust: "RXX", who: coordinator.who.userId };
    expect((await db.pool.query(sql, [id])).rows).toEqual([
      { ...who, details: { dryRun: true, kind: "upload" } },
      { ...who, details: { rows: 2, count: 2 } },
    ]);
  });

  it("can be taken back", async () => {
    const id = await draft();
    const preview = await uploaded(id, good);
    expect((await coordinator.post(`${preview}/drop`)).status).toBe(303);
    expect((await coordinator.get(preview)).status).toBe(404);
    expect(await visitsOf(id)).toEqual([]);
  });

  it("is gone after an hour", async () => {
    const id = await draft();
    const preview = await uploaded(id, good);
    await db.pool.query(
      "update housekeeping.list_upload set made_at = made_at - interval '61 minutes' where campaign_id = $1",
      [id],
    );
    expect((await coordinator.get(preview)).status).toBe(404);
    await uploaded(await draft(), good);
    expect(
      (await db.pool.query("select from housekeeping.list_upload where campaign_id = $1", [id])).rowCount,
    ).toBe(0);
  });

  it("as Excel writes it is read as well, and the page says how", async () => {
    const id = await draft();
    const list = Buffer.from(`visit_ref;phone;given_name\r\nA1;${dramaNumber(804)};Ren\u00e9e\r\n`, "latin1");
    const preview = await uploaded(id, list);
    expect((await coordinator.get(preview)).text).toContain("read as Windows-1252");
    expect((await coordinator.post(preview)).status).toBe(303);
    expect(await visitsOf(id)).toEqual(["A1"]);
  });
});

describe("the preview", () => {
  it("tells who is called now, who later and who never, and why, by the gates of the dial queue", async () => {
    const reached = visit({ phone: dramaNumber(810), person: "nhs:9990548609" });
    const resting = visit({ phone: dramaNumber(811) });
    const before = await runningCampaign(db.pool, [reached, resting]);
    const ledger = newLedger(db.pool);
    await ledger.end(await dialAgain(ledger, before), ending());
    const tomorrow = new Date(Date.now() + 86_400_000);
    await ledger.end(
      await dialAgain(ledger, before),
      ending({ disposition: "machine", contact: false, numberRestsUntil: tomorrow }),
    );
    await db.pool.query(
      `insert into opt_out (trust, unit, scope, phone_hmac, source)
       select trust, unit, 'number', phone_hmac, 'staff' from visit where visit_ref = $1`,
      [resting.visitRef],
    );
    await db.pool.query("update opt_out set revoked_at = now()");
    const id = await draft("RXX", { contactBudget: { surveys: 1, days: 30 }, numberOnceADay: true });
    const list = [
      "visit_ref,phone,nhs_number,visit_at,do_not_call_reason,visit_status",
      `now-1,${dramaNumber(812)},,,,`,
      `same-number,${dramaNumber(812)},,,,`,
      `asked-lately,${dramaNumber(813)},9990548609,,,`,
      `rests,${dramaNumber(811)},,,,`,
      `long-ago,${dramaNumber(814)},,2020-01-01,,`,
      `deaf,${dramaNumber(815)},,,textphone,`,
      `kept-back,${dramaNumber(816)},,,,held`,
    ].join("\n");
    const text = readable((await coordinator.get(await uploaded(id, list))).text);
    expect(text).toMatch(/Called as soon as the campaign runs: 1 .*now-1 Nothing stands against it/);
    const [, later = ""] = /Called later: 3(.*)Never called/.exec(text) ?? [];
    expect(later).toMatch(/rests The number rests after a machine or a silent call ?; not before/);
    expect(later).toContain("same-number The telephone had rung already that day");
    expect(later).toContain("kept-back Staff held the visit");
    const [, never = ""] = /Never called: 3(.*)/.exec(text) ?? [];
    expect(never).toContain("asked-lately The person had been asked about another visit lately");
    expect(never).toContain("long-ago The visit was too long ago");
    expect(never).toContain("deaf The trust&#39;s list says not to call");
    expect(await visitsOf(id)).toEqual([]);
  });

  it("says from when, where the campaign's hours are closed", async () => {
    const day = ((new Date().getDay() + 2) % 7) + 1;
    const hours = {
      timeZone: "Europe/London",
      days: { [day]: ["09:00", "10:00"] },
      closedOn: [],
      holidays: null,
    };
    const id = await draft("RXX", { callingHours: hours });
    const text = readable((await coordinator.get(await uploaded(id, good))).text);
    expect(text).toMatch(
      /runs: 0 .*Called later: 2 2: it was outside the campaign&#39;s calling hours .*not before .* at 9am/,
    );
  });

  it("tells what becomes of visits that are there already", async () => {
    const id = await draft();
    await coordinator.post(await uploaded(id, good));
    const again = `visit_ref,phone,visit_status\nA1,${dramaNumber(801)},\nA2,${dramaNumber(802)},withdrawn\nA3,${dramaNumber(803)},`;
    const text = readable((await coordinator.get(await uploaded(id, again))).text);
    expect(text).toMatch(
      /New visits 1 There already, with the same content 1 There already, and not called any more 1/,
    );
    const { rows } = await db.pool.query("select status from visit where campaign_id = $1", [id]);
    expect(rows).toEqual([{ status: "due" }, { status: "due" }]);
  });
});

describe("a bad list", () => {
  const bad = [
    "visit_ref,phone,visit_at,trust",
    `B1,${dramaNumber(820)},,`,
    "B2,0909 000 0000,,",
    `,${dramaNumber(821)},32/13/2026,`,
    `B4,${dramaNumber(822)},,RYY`,
    `B5,${dramaNumber(823)}`,
    `B1,${dramaNumber(824)},,`,
  ].join("\n");

  it("shows line, column, fault and remedy of each, and gives the bad rows back as a file", async () => {
    const id = await draft();
    const preview = await uploaded(id, bad);
    const page = await coordinator.get(preview);
    const text = readable(page.text);
    expect(page.status).toBe(422);
    expect(page.text).toContain("<title>Error: 5 rows need mending");
    for (const line of [
      /Line 3 Column phone What is wrong premium-rate numbers .* What to do give a UK landline/,
      /Line 4 Column visit_ref What is wrong the row has no visit_ref What to do give each visit its own/,
      /Line 4 Column visit_at/,
      /Line 5 Column trust What is wrong that is no trust whose campaigns you coordinate/,
      /Line 6 Column The whole row What is wrong the row has 2 cells where the header has 4/,
      /Line 7 Column visit_ref What is wrong this visit_ref is there already/,
    ])
      expect(text).toMatch(line);
    expect(page.text).not.toMatch(/\+44|07700|0909/);
    const rejects = await coordinator.get(`${preview}/rejects.csv`);
    expect(rejects.headers).toMatchObject({
      "cache-control": "no-store",
      "content-disposition": expect.stringContaining("attachment"),
      "content-type": expect.stringContaining("text/csv"),
    });
    const lines = rejects.text.trim().split("\r\n");
    expect(lines).toHaveLength(6);
    expect(lines[1]).toMatch(/^"B2","0909 000 0000","","","3","phone: premium-rate/);
    expect(await visitsOf(id)).toEqual([]);
  });

  it("imports nothing unless its good rows are asked for", async () => {
    const id = await draft();
    const preview = await uploaded(id, bad);
    const refused = await coordinator.post(preview);
    expect(refused.headers.location).toBe(preview);
    expect(await visitsOf(id)).toEqual([]);
    expect((await coordinator.post(preview, { skipBad: "yes" })).headers.location).toContain("done=imported");
    expect(await visitsOf(id)).toEqual(["B1"]);
  });

  it.each([
    ["a header that is none", "name,number\nAnn,0\n", "the list has no such column"],
    [
      "an unknown column",
      `visit_ref,phone,colour\nA,${dramaNumber(825)},red\n`,
      "write colour into “Columns to keep”",
    ],
    ["a quote never closed", `visit_ref,phone\nA,"${dramaNumber(826)}\n`, "a quote is not closed"],
    ["UTF-16", Buffer.from("\ufeffvisit_ref,phone\n", "utf16le"), "the file is UTF-16"],
    ["only blanks", "  \n \n", "the file is empty"],
  ])("with %s cannot be imported, and says why", async (_, list, told) => {
    const id = await draft();
    const preview = await uploaded(id, list);
    const { status, text } = await coordinator.get(preview);
    expect([status, readable(text).includes(told)]).toEqual([422, true]);
    expect(text).not.toContain("Import the");
    expect((await coordinator.post(preview, { skipBad: "yes" })).headers.location).toBe(preview);
    expect(await visitsOf(id)).toEqual([]);
  });

  it.each([
    ["nothing", "", "Select a CSV file"],
    ["a workbook", Buffer.from("PK\u0003\u0004whatever", "latin1"), "That is a spreadsheet"],
  ])("of %s is not even kept", async (_, list, told) => {
    const id = await draft();
    const { status, text } = await coordinator.upload(`/campaigns/${id}/list`, list);
    expect([status, text.includes(told)]).toEqual([422, true]);
  });

  it("that is too large is refused, and nothing is kept", async () => {
    const id = await draft();
    const { status, text } = await coordinator.upload(
      `/campaigns/${id}/list`,
      Buffer.alloc(10 * 1024 * 1024 + 1, "a"),
    );
    expect([status, text.includes("That file is too large")]).toEqual([413, true]);
    expect(
      (await db.pool.query("select from housekeeping.list_upload where campaign_id = $1", [id])).rowCount,
    ).toBe(0);
  });

  it("of hostile names is text wherever it shows, and in no log", async () => {
    const id = await draft();
    const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
    const rows = hostileNames.map((name, n) =>
      [`${name.slice(0, 150)} ${n}`, dramaNumber(n), name].map(quoted).join(","),
    );
    const list = ["visit_ref,phone,given_name", ...rows, "\"=cmd|' /C calc'!A0\",0900,x"].join("\n");
    const preview = await uploaded(id, list);
    const { text, status } = await coordinator.get(preview);
    expect(status).toBe(422);
    expect(text).not.toMatch(/<script>|<img|onerror=\w+\(\w*\)>/);
    const rejects = await coordinator.get(`${preview}/rejects.csv`);
    for (const line of rejects.text.split("\r\n")) expect(line).not.toMatch(/^"[=@]/);
    expect((await coordinator.post(preview, { skipBad: "yes" })).status).toBe(303);
    expect((await visitsOf(id)).length).toBeGreaterThan(hostileNames.length / 2);
    expect(room.logged.join("\n")).not.toMatch(/07700|\+44|calc/);
  });

  it("kept until it is confirmed cannot be read in the database, and not at all as a user of the pages", async () => {
    const id = await draft();
    await uploaded(id, good);
    const sql = "select list_enc::text as list from housekeeping.list_upload where campaign_id = $1";
    const { list } = (await db.pool.query(sql, [id])).rows[0];
    expect(Buffer.from(list.slice(2), "hex").toString("latin1")).not.toContain("visit_ref");
    const { inRoom } = await import("#postgres/room.ts");
    await expect(inRoom(db.pool, coordinator.who.userId, (tx) => tx.query(sql, [id]))).rejects.toThrow(
      "permission denied",
    );
  });
});

it("what is no list is not there", async () => {
  const id = await draft();
  for (const list of [newId(), "x"])
    expect((await coordinator.get(`/campaigns/${id}/list/${list}`)).status).toBe(404);
});
