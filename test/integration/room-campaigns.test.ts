/** Campaigns on the pages: who may, whose they are, and that every act is in the audit with its reason. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newId, newName } from "#lib/ids.ts";
import { campaignByName, createCampaign } from "#postgres/campaigns.ts";
import { diallingStopped } from "#postgres/stop-switch.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRole, type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { runningCampaign, settings, visit } from "../support/survey.ts";
import { toldStory } from "../support/told-story.ts";

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

const draft = (trust = "RXX") =>
  createCampaign(db.pool, {
    ...{ name: newName("campaign"), trust, unit: "all", rehearsal: true },
    settings: { ...settings, spokenName: "trust-your-hospital" },
  });

/** The newest entry of the audit about this. */
async function audited(subjectId: string | null) {
  const { rows } = await db.pool.query(
    `select who_id as "whoId", action, trust, reason, details from housekeeping.audit_entry
     where subject_id is not distinct from $1 order by n desc limit 1`,
    [subjectId],
  );
  return rows[0] ?? null;
}

const statusOf = async (id: string): Promise<string> =>
  (await db.pool.query("select status from campaign where id = $1", [id])).rows[0].status;

describe("every page of campaigns", () => {
  it("tells in words of pages why one cannot start, never by a command's options", async () => {
    const { id } = await createCampaign(db.pool, {
      ...{ name: newName("campaign"), trust: "RXX", unit: "all", rehearsal: false },
      settings: { ...settings, callerNumber: "", spokenName: "nobody-at-all", offerLanguages: ["cy-GB"] },
    });
    const { text } = await coordinator.get(`/campaigns/${id}`);
    const told = /It cannot be started yet:[\s\S]*?<\/div>/.exec(text)![0];
    expect(told).toContain("it needs a number that people can ring back");
    expect(told).toContain("ask telecoms to add its words and its sound on the page of prompts");
    expect(told).toContain("make it anew, or ask whoever runs Hearback");
    expect(told).not.toMatch(/ --\w/);
  });

  it("shows whom its calls can be put through to, when, and no whole number", async () => {
    const { id } = await draft();
    expect((await coordinator.get(`/campaigns/${id}`)).text).toContain("Nobody: a flow that puts callers");
    const open = { 1: ["08:00", "16:00"], 2: ["08:00", "16:00"], 6: ["10:00", "12:00"] };
    const transfers = {
      "ward-desk": { number: "+441632960123", talkMinutes: 20, open },
      "night-desk": { number: "+441632960145", talkMinutes: 1 },
    };
    await db.pool.query("update campaign set settings = settings || $2 where id = $1", [id, { transfers }]);
    const { text } = await coordinator.get(`/campaigns/${id}`);
    const shown = /<h2 id="people-behind">[\s\S]*?<\/table>/.exec(text)![0];
    expect(shown).not.toContain("1632");
    const rows = [...shown.matchAll(/<tr class[\s\S]*?<\/tr>/g)].map(([row]) =>
      row.replaceAll(/<span class="nhsuk-table-responsive__heading"[^<]*<\/span>|<[^>]+>|\s+/g, " ").trim(),
    );
    expect(rows.map((row) => row.replaceAll(/ +/g, " "))).toEqual([
      "ward-desk •••• 123 Monday to Tuesday, 08:00 to 16:00 Saturday, 10:00 to 12:00 20 minutes",
      "night-desk •••• 145 When the campaign calls 1 minute",
    ]);
  });

  it("opens for coordinators, and for nobody else", async () => {
    const { id } = await draft();
    const pages = ["/campaigns", "/campaigns/new", `/campaigns/${id}`, `/campaigns/${id}/stop`, "/dialling"];
    const acts = [
      "/campaigns",
      `/campaigns/${id}/start`,
      `/campaigns/${id}/pause`,
      `/campaigns/${id}/stop`,
      `/campaigns/${id}/release`,
      `/campaigns/${id}/people-behind`,
    ];
    for (const role of everyRole) {
      const visitor = await room.visitor(role);
      const allowed = role === "coordinator";
      for (const page of pages)
        expect([role, page, (await visitor.get(page)).status]).toEqual([role, page, allowed ? 200 : 403]);
      for (const act of allowed ? [] : [...acts, "/dialling/stop", "/dialling/resume"])
        expect([role, act, (await visitor.post(act, { reason: "x" })).status]).toEqual([role, act, 403]);
    }
    for (const page of pages) expect((await room.nobody.get(page)).status).toBe(303);
    expect(await statusOf(id)).toBe("draft");
    expect(await diallingStopped(db.pool)).toBeNull();
  });

  it("knows nothing of another trust's campaign", async () => {
    const { id, name } = await draft("RYY");
    expect((await coordinator.get("/campaigns")).text).not.toContain(name);
    for (const page of [`/campaigns/${id}`, `/campaigns/${id}/stop`])
      expect((await coordinator.get(page)).status).toBe(404);
    for (const act of ["start", "pause", "stop", "people-behind"]) {
      const sent = { reason: "x", name: "ward-desk", number: "01632 960123" };
      expect((await coordinator.post(`/campaigns/${id}/${act}`, sent)).status).toBe(404);
    }
    expect([await statusOf(id), await audited(id)]).toEqual(["draft", null]);
  });

  it("is not for those who hear stories of its trust, and coordinate another", async () => {
    const { campaign } = await toldStory(db.pool);
    const { id } = (await campaignByName(db.pool, campaign))!;
    const both = await room.visitor([{ role: "coordinator", trust: "RYY" }, { role: "clinician" }]);
    expect((await both.get("/campaigns")).text).not.toContain(campaign);
    expect((await both.get(`/campaigns/${id}`)).status).toBe(404);
    expect((await both.post(`/campaigns/${id}/pause`)).status).toBe(404);
    expect(await statusOf(id)).toBe("running");
  });

  it("knows nothing of what is no campaign", async () => {
    for (const id of [newId(), "none", "%27", "0"])
      expect((await coordinator.get(`/campaigns/${id}`)).status).toBe(404);
  });
});

describe("the list", () => {
  it("says what to do where there is none", async () => {
    const elsewhere = await room.visitor([{ role: "coordinator", trust: "RZZ" }]);
    expect((await elsewhere.get("/campaigns")).text).toContain("Your trust has no campaign yet");
  });

  it("shows state, counts and the next permitted time, also beside one whose settings are damaged", async () => {
    const { name } = await runningCampaign(db.pool, [visit(), visit({ doNotCallReason: "other" })]);
    const damaged = await draft();
    await db.pool.query("update campaign set settings = jsonb_build_object('maxCalls', 0) where id = $1", [
      damaged.id,
    ]);
    const { text } = await coordinator.get("/campaigns");
    const line = text.split("<tr").find((row) => row.includes(name))!;
    expect(line.replaceAll(/<[^>]+>|\s+/g, " ")).toMatch(
      /Running\s+Visits\s+2\s+To be called\s+1\s+On the telephone\s+0/,
    );
    expect(line).toMatch(/Open now, until|Opens on Monday|Opens on \d/);
    expect(text).toContain("Its settings cannot be read");
    await db.pool.query("delete from campaign where id = $1", [damaged.id]);
  });
});

describe("a new campaign", () => {
  const filled = (name: string) => ({
    ...{ name, trust: "RXX", unit: "all", callerNumber: "01632 960000", spokenName: "trust-your-hospital" },
    ...{
      flow: "fft",
      from1: "9:00",
      to1: "17.30",
      holidays: "england",
      maxCalls: "5",
      closedOn: "2026-12-24",
    },
  });

  it("is made as a draft with the domain's own defaults, and the audit knows by whom", async () => {
    const name = newName("campaign");
    const { status, headers } = await coordinator.post("/campaigns", filled(name));
    expect(status).toBe(303);
    const { rows } = await db.pool.query("select id, status, trust, settings from campaign where name = $1", [
      name,
    ]);
    expect(headers.location).toBe(`/campaigns/${rows[0].id}?done=made`);
    expect(rows[0]).toMatchObject({
      ...{ status: "draft", trust: "RXX" },
      settings: {
        ...{ callerNumber: "+441632960000", ringBackNumber: "+441632960000", maxCalls: 5, ringSeconds: 30 },
        callingHours: { days: { 1: ["09:00", "17:30"] }, closedOn: ["2026-12-24"], holidays: "england" },
      },
    });
    expect(await audited(rows[0].id)).toMatchObject({
      ...{ whoId: coordinator.who.userId, action: "campaign-create", trust: "RXX" },
    });
    expect((await coordinator.get(String(headers.location))).text).toContain("Monday, 09:00 to 17:30");
  });

  it("the form as it is first shown can be sent as it is, once it has a name and a number", async () => {
    const { text } = await coordinator.get("/campaigns/new");
    const given = [...text.matchAll(/<input[^>]* name="(\w+)"[^>]*>/g)].map(([field, name]) => [
      name!,
      / value="([^"]*)"/.exec(field)?.[1] ?? "",
    ]);
    const name = newName("campaign");
    const fields = Object.fromEntries(given.filter(([name]) => name !== "_csrf"));
    const more = {
      name,
      trust: "RXX",
      callerNumber: "01632 960000",
      flow: "fft",
      spokenName: "trust-your-hospital",
      holidays: "england",
    };
    expect((await coordinator.post("/campaigns", { ...fields, ...more })).status).toBe(303);
  });

  it.each([
    ["name", { name: "" }, "Enter a name"],
    ["name", { name: "a/b" }, "must not have a slash"],
    ["trust", { trust: "RYY" }, "Select one of your trusts"],
    ["unit", { unit: "" }, "Enter the part of the trust"],
    ["callerNumber", { callerNumber: "" }, "Enter the number"],
    ["callerNumber", { callerNumber: "0909 000 0000" }, "Premium-rate"],
    ["from1", { from1: "18:00" }, "Monday: 18:00 is not before 17:30"],
    ["from2", { from2: "nine", to2: "10:00" }, "are no times"],
    ["from1", { from1: "", to1: "" }, "No day of the week is open"],
    ["closedOn", { closedOn: "24/12/2026" }, "is no date"],
    ["maxCalls", { maxCalls: "0" }, "Must be 1 or more"],
    ["maxCalls", { maxCalls: "many" }, "Must be a number"],
    ["maxAttempts", { maxAttempts: "11" }, "Must be 10 or less"],
    ["maxAttempts", { maxAttempts: "2.5" }, "Must be a whole number"],
    ["ringSeconds", { ringSeconds: "5" }, "Must be 15 or more"],
    ["budgetDays", { budgetSurveys: "1" }, "Must be a number"],
    ["spokenName", { spokenName: "trust-elsewhere" }, "There is no prompt"],
    ["storyLimitSeconds", { storyLimitSeconds: "33" }, "There is no prompt"],
    ["flow", { flow: "none" }, "There is no call flow"],
    ["offerLanguage", { flow: "running-late", offerLanguage: "cy-GB" }, "has no key for cy-GB"],
  ])("tells beside %s what is wrong with %j", async (field, wrong, told) => {
    const name = newName("campaign");
    const { status, text } = await coordinator.post("/campaigns", { ...filled(name), ...wrong });
    expect(status).toBe(422);
    const summary = text.slice(text.indexOf("nhsuk-error-summary"), text.indexOf("<h1"));
    expect(summary).toMatch(new RegExp(`<a href="#${field}">[^<]*${told}`));
    expect(text).toContain(`id="${field}"`);
    expect(text.slice(text.indexOf("<h1"))).toContain(told);
    expect(text).toContain("<title>Error: Make a campaign");
    expect((await db.pool.query("select from campaign where name = $1", [name])).rowCount).toBe(0);
  });

  it("may not have a name that is taken", async () => {
    const { name } = await draft();
    const { status, text } = await coordinator.post("/campaigns", filled(name));
    expect([status, text.includes("There is a campaign of this name already")]).toEqual([422, true]);
  });

  it("what was typed comes back as text", async () => {
    const name = "<script>alert(1)</script>";
    const { text } = await coordinator.post("/campaigns", filled(name));
    expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(text).not.toContain(name);
  });
});

describe("its moves", () => {
  it("starts, pauses, resumes and stops, each in the audit", async () => {
    const { id } = await draft();
    const acts = [
      ["start", "running"],
      ["pause", "paused"],
      ["start", "running"],
      ["stop", "stopped"],
    ] as const;
    let from = "draft";
    for (const [act, to] of acts) {
      const reason = act === "stop" ? "The ward has closed" : "";
      const { status, headers } = await coordinator.post(`/campaigns/${id}/${act}`, { reason });
      expect([status, headers.location]).toEqual([303, `/campaigns/${id}?done=${to}`]);
      expect(await audited(id)).toEqual({
        ...{ whoId: coordinator.who.userId, action: "campaign-move", trust: "RXX" },
        ...{ reason: reason || null, details: { from, to } },
      });
      from = to;
    }
    expect(await statusOf(id)).toBe("stopped");
  });

  it("a stopped one does not start again, and the page says so", async () => {
    const { id } = await draft();
    await coordinator.post(`/campaigns/${id}/stop`, { reason: "Over" });
    const { status, text } = await coordinator.post(`/campaigns/${id}/start`);
    expect([status, text.includes("is stopped and cannot become running")]).toEqual([409, true]);
  });

  it("stops only with a reason", async () => {
    const { id } = await draft();
    const { status, text } = await coordinator.post(`/campaigns/${id}/stop`, { reason: "  " });
    expect([status, text.includes("Enter a reason"), await statusOf(id)]).toEqual([422, true, "draft"]);
  });

  it("does not start with what its calls cannot say", async () => {
    const { id } = await draft();
    await db.pool.query(
      `update campaign set settings = settings || '{"spokenName": "trust-elsewhere"}' where id = $1`,
      [id],
    );
    const { status, text } = await coordinator.post(`/campaigns/${id}/start`);
    expect([status, text.includes("there is no prompt"), await statusOf(id)]).toEqual([409, true, "draft"]);
  });
});

describe("a number for somebody whom the flow names", () => {
  const transfersOf = async (id: string) =>
    (await db.pool.query("select settings -> 'transfers' as them from campaign where id = $1", [id])).rows[0]
      .them;

  it("is added and changed, with who did it in the audit, and never the number", async () => {
    const { id } = await draft();
    for (const [number, kind, field] of [
      ["01632 960123", "add", "number, talkMinutes"],
      ["01632 960124", "change", "number"],
    ] as const) {
      const sent = await coordinator.post(`/campaigns/${id}/people-behind`, { name: "ward-desk", number });
      expect([sent.status, sent.headers.location]).toEqual([303, `/campaigns/${id}?done=number`]);
      expect(await audited(id)).toEqual({
        ...{ whoId: coordinator.who.userId, action: "campaign-transfer", trust: "RXX", reason: null },
        details: { kind, label: "ward-desk", field },
      });
    }
    expect(await transfersOf(id)).toEqual({ "ward-desk": { number: "+441632960124", talkMinutes: 60 } });
    const { text } = await coordinator.get(`/campaigns/${id}?done=number`);
    expect(text).toContain("The number is kept");
    expect(text).toContain("•••• 124");
  });

  it.each([
    [{ name: "Ward Desk", number: "01632 960123" }, "must be as the flow has it"],
    [{ name: "ward-desk", number: "0909 000 0000" }, "premium-rate numbers"],
    [{ name: "ward-desk" }, "there is no telephone number"],
    [{ name: "ward-desk", number: "020 7946 0018" }, "a rehearsal rings only drama numbers"],
  ])("is refused as %j, and nothing is changed", async (sent, told) => {
    const { id } = await draft();
    const { status, text } = await coordinator.post(`/campaigns/${id}/people-behind`, sent);
    expect([status, text.includes(told)]).toEqual([409, true]);
    expect(text).not.toMatch(/960123|7946/);
    expect([await transfersOf(id), await audited(id)]).toEqual([{}, null]);
  });
});

describe("the switch that stops all calls", () => {
  it("stops and resumes with a reason, tells everybody, and is in the audit", async () => {
    expect((await coordinator.post("/dialling/stop", { reason: "" })).status).toBe(422);
    expect(await diallingStopped(db.pool)).toBeNull();
    expect((await coordinator.post("/dialling/stop", { reason: "The wrong greeting" })).status).toBe(303);
    expect(await diallingStopped(db.pool)).toMatchObject({
      by: "Sam Example",
      because: "The wrong greeting",
    });
    expect(await audited(null)).toMatchObject({
      action: "stop-all",
      reason: "The wrong greeting",
      trust: null,
    });
    const other = await room.visitor([{ role: "coordinator", trust: "RYY" }]);
    for (const page of ["/campaigns", "/dialling"])
      expect((await other.get(page)).text).toContain("The wrong greeting");
    expect((await other.post("/dialling/resume", { reason: "Greeting mended" })).status).toBe(303);
    expect(await diallingStopped(db.pool)).toBeNull();
    expect(await audited(null)).toMatchObject({ action: "resume-all", reason: "Greeting mended" });
  });
});
