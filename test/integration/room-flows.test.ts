/** The pages of telecoms staff: how flows fare, the Asterisks, and nothing of any patient. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { createCallLog } from "#postgres/calls.ts";
import { createFlowFigures } from "#postgres/flow-figures.ts";
import { createNodeBook } from "#postgres/nodes.ts";
import { createTrunkPace } from "#postgres/trunk-pace.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import {
  begin,
  dialled,
  dramaNumber,
  ending,
  flowState,
  newLedger,
  runningCampaign,
  visit,
} from "../support/survey.ts";
import { tellTrails, usualWays } from "../support/told-trails.ts";

let db: TestDatabase;
let room: TestRoom;
let tess: Visitor;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  tess = await room.visitor("telecoms", "Tess Example");
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

const tight = (html: string): string =>
  html
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");
const morning = new Date("2026-11-19T09:20:00Z");
const noon = new Date("2026-11-19T12:20:00Z");
const thatDay = "from=2026-11-19&to=2026-11-19";
const week = { from: new Date("2026-11-19T00:00:00Z"), until: new Date("2026-11-20T00:00:00Z") };
const every = { ...week, flow: "fft", language: null, release: null, hour: null };

describe("the figures of a flow", () => {
  beforeAll(() =>
    tellTrails(db.pool, [
      { stays: usualWays.completed, times: 20, answeredAt: morning, release: 3 },
      { stays: usualWays.hungUpAtGreeting, times: 2, answeredAt: morning, release: 3 },
      { stays: usualWays.hungUpAtQuestion, times: 6, answeredAt: noon, release: 4 },
      { stays: usualWays.silent, times: 4, answeredAt: noon, release: 4, language: "cy-GB" },
      { stays: usualWays.hungUpAtThanks, times: 3, answeredAt: noon, release: 4 },
      { stays: usualWays.hungUpAtQuestion, times: 50, answeredAt: noon, trust: "RYY" },
    ]),
  );

  it("count calls, losses, stays and keys of their own trusts", async () => {
    const figures = createFlowFigures(db.pool);
    const { steps, ways } = await figures.counts(tess.who.userId, every);
    const of = (step: string) => steps.find((each) => each.step === step);
    expect(of("greeting")).toEqual({
      step: "greeting",
      calls: 35,
      hungUp: 2,
      unanswered: 0,
      brokeOff: 0,
      medianMs: 14_000,
    });
    expect(of("question")).toMatchObject({ calls: 33, hungUp: 6, unanswered: 4, medianMs: 21_000 });
    expect(ways).toContainEqual({ step: "question", leftBy: "key 2", times: 23 });
    const both = await room.visitor([{ role: "telecoms" }, { role: "telecoms", trust: "RYY" }]);
    const wider = await figures.counts(both.who.userId, every);
    expect(wider.steps.find(({ step }) => step === "question")).toMatchObject({ calls: 83, hungUp: 56 });
    const none = await room.visitor("coordinator");
    expect(await figures.counts(none.who.userId, every)).toEqual({ steps: [], ways: [] });
  });

  it("can be had of one language, one release, one hour of the local day", async () => {
    const figures = createFlowFigures(db.pool);
    const question = async (different: object) =>
      (await figures.counts(tess.who.userId, { ...every, ...different })).steps.find(
        ({ step }) => step === "question",
      )?.calls;
    expect(await question({ language: "cy-GB" })).toBe(4);
    expect(await question({ release: 3 })).toBe(20);
    expect(await question({ hour: 12 })).toBe(13);
    expect(await question({ hour: 12, release: 3 })).toBeUndefined();
    expect(await figures.choices(tess.who.userId, every)).toEqual({
      ...{ languages: ["cy-GB", "en-GB"], releases: [3, 4], calls: 35 },
    });
  });

  it("stand on the page of the flow, which says where most are lost", async () => {
    const page = tight((await tess.get(`/flows/fft?${thatDay}`)).text);
    expect(page).toContain("Most people are lost at question : 10 of 33 hung up there or did not answer.");
    expect(page).toMatch(
      /Step question Most lost Overall, how was your experience .* Calls 33 Lost 10 \(30%\) Half stay up to 0:21/,
    );
    expect(page).toContain("2: good 23");
    expect(page).toContain("hung up 6");
    expect(page).toMatch(/Step thanks .*Calls 23 Lost – nothing is asked any more/);
    const drawing = /<svg[\s\S]*?<\/svg>/.exec((await tess.get(`/flows/fft?${thatDay}`)).text)![0];
    const box = tight(/data-step="question"[\s\S]*?<\/g>/.exec(drawing)![0]);
    expect(box).toMatch(/Now 0 · 33 calls Lost 10 \(30%\) Half stay up to 21 s 2: good 23 \(70%\)/);
    expect(box).not.toContain("hung up");
    const list = tight((await tess.get("/flows")).text);
    expect(list).toContain("NHS Friends and Family Test");
  });

  it("lead to the step, with its words and the last calls that ended there", async () => {
    const answer = await tess.get(`/flows/fft/steps/question?${thatDay}`);
    const page = tight(answer.text);
    expect(page).toContain("Overall, how was your experience of our service?");
    expect(page).toContain("1: very good");
    expect(page).toMatch(/Last calls that ended here .* hung up, a call to us, release 4/);
    expect((page.match(/a call to us/g) ?? []).length).toBe(10);
    const { text } = await tess.get(`/flows/fft/steps/question?${thatDay}&hour=12&release=4&language=cy-GB`);
    expect(tight(text)).toMatch(
      /19 November 2026, answered midday to 1pm, in cy-GB, of release 4\. Choose other calls/,
    );
    const endedOf = async (query: string) => {
      const { text } = await tess.get(`/flows/fft/steps/question?${thatDay}&${query}`);
      return (text.match(/a call to us/g) ?? []).length;
    };
    expect(await endedOf("language=cy-GB")).toBe(4);
    expect(await endedOf("language=en-GB")).toBe(6);
    expect(await endedOf("release=4")).toBe(10);
    expect(await endedOf("release=3")).toBe(0);
    expect(await endedOf("hour=12")).toBe(10);
    expect(await endedOf("hour=9")).toBe(0);
    expect((await tess.get("/flows/fft/steps/no-such-step")).status).toBe(404);
    expect((await tess.get("/flows/no-such-flow")).status).toBe(404);
  });

  it("take what cannot be read as not asked for", async () => {
    const odd = "from=x&to=2026-99-99&hour=77&release=-1&language=%27%3B%20drop";
    expect((await tess.get(`/flows/fft?${odd}`)).status).toBe(200);
  });
});

describe("who is on the telephone just now", () => {
  it("is told by step, and changes with the call", async () => {
    const { attempt, ledger } = await dialled(db.pool, visit({ phone: dramaNumber(501) }));
    await begin(db.pool, attempt);
    const live = async () => JSON.parse((await tess.get("/flows/fft/live")).text);
    expect(await live()).toEqual({ all: 1, steps: { greeting: 1 } });
    const other = await room.visitor([{ role: "telecoms", trust: "RYY" }]);
    expect(JSON.parse((await other.get("/flows/fft/live")).text)).toEqual({ all: 0, steps: {} });
    await ledger.end(attempt, ending());
    expect(await live()).toEqual({ all: 0, steps: {} });
  });
});

describe("the Asterisks", () => {
  it("are shown, taken out of use with a reason, let in again, and all of it is in the audit", async () => {
    const owner = newName("test");
    await newLedger(db.pool, { owner }).renewLeases();
    const book = createNodeBook(db.pool, owner);
    await book.admit({ name: "north", entityId: "id-n", version: "22.8.2", maxCalls: 60, weight: 1 });
    await book.exchange([{ node: "north", entityId: "id-n", state: "ready" }]);
    expect(tight((await tess.get("/nodes")).text)).toMatch(
      /Name north State Ready Calls 0 of 60 Asterisk 22\.8\.2/,
    );
    expect(tight((await tess.get("/nodes/north/drain")).text)).toContain("nobody is rung at all");
    expect((await tess.post("/nodes/north/drain", { reason: " " })).status).toBe(422);
    expect((await tess.post("/nodes/north/drain", { reason: "a new kernel" })).headers.location).toBe(
      "/nodes?done=drain",
    );
    expect(tight((await tess.get("/nodes")).text)).toMatch(/Empty: it may be stopped .*by Tess Example/);
    await tess.post("/nodes/north/drain", { reason: "twice" });
    await tess.post("/nodes/north/resume", { reason: "done" });
    const { rows } = await db.pool.query(
      "select action, who_name, reason from housekeeping.audit_entry where subject_id = 'north' order by n",
    );
    expect(rows).toEqual([
      { action: "node-drain", who_name: "Tess Example", reason: "a new kernel" },
      { action: "node-resume", who_name: "Tess Example", reason: "done" },
    ]);
    expect((await tess.post("/nodes/nowhere/drain", { reason: "x" })).status).toBe(404);
    expect((await tess.get("/nodes/live")).text).toContain('data-part="trunks"');
  });

  it("that are gone are taken off the list with a reason, and those that are not stay", async () => {
    const owner = newName("test");
    await newLedger(db.pool, { owner }).renewLeases();
    const book = createNodeBook(db.pool, owner);
    await book.admit({ name: "west", entityId: "id-w", version: "22.8.2", maxCalls: 60, weight: 1 });
    expect((await tess.get("/nodes")).text).not.toContain("/nodes/west/remove");
    expect(tight((await tess.get("/nodes/west/remove")).text)).toContain(
      "It stays on the list: 1 copy of Hearback uses it still",
    );
    const early = await tess.post("/nodes/west/remove", { reason: "it is gone" });
    expect([early.status, tight(early.text)]).toEqual([409, expect.stringContaining("It stays on the list")]);
    await book.leave();
    expect((await tess.get("/nodes")).text).toContain("/nodes/west/remove");
    expect((await tess.post("/nodes/west/remove", { reason: " " })).status).toBe(422);
    const { headers } = await tess.post("/nodes/west/remove", { reason: "it is gone" });
    expect(headers.location).toBe("/nodes?done=remove");
    const after = (await tess.get("/nodes?done=remove")).text;
    expect(after).toContain("That Asterisk is off the list.");
    expect(after).not.toContain("/nodes/west/");
    expect((await tess.post("/nodes/west/remove", { reason: "again" })).status).toBe(404);
    const { rows } = await db.pool.query(
      "select action, who_name, reason from housekeeping.audit_entry where subject_id = 'west'",
    );
    expect(rows).toEqual([{ action: "node-remove", who_name: "Tess Example", reason: "it is gone" }]);
  });
});

describe("the trunks", () => {
  it("are shown, taken out of use with a reason, and let in again", async () => {
    const carriers = { trunks: ["carrier-a", "carrier-b"], chooses: true, callsPerSecond: 10 };
    await createTrunkPace(db.pool, { ...carriers, clock: systemClock }).take(1);
    const shown = async () => tight((await tess.get("/nodes")).text);
    expect(await shown()).toMatch(/Trunk carrier-b State In use Calls 0 Pace Full/);
    const campaign = await runningCampaign(db.pool, [visit()]);
    const ledger = newLedger(db.pool);
    const [attempt] = await ledger.claim(campaign, 1);
    await ledger.commitToRing(attempt!, campaign, "asterisk", "carrier-b");
    expect(await shown()).toMatch(
      /Trunk carrier-a State In use Calls 0 .*Trunk carrier-b State In use Calls 1 /,
    );
    await ledger.end(attempt!, ending());
    expect(await shown()).toMatch(/Trunk carrier-b State In use Calls 0 /);
    const asked = tight((await tess.get("/trunks/carrier-a/drain")).text);
    expect(asked).toContain("goes by the trunks after it");
    expect(asked).not.toContain("nobody is rung at all");
    expect((await tess.post("/trunks/carrier-a/drain", { reason: " " })).status).toBe(422);
    const { headers } = await tess.post("/trunks/carrier-a/drain", { reason: "a new contract" });
    expect(headers.location).toBe("/nodes?done=drain-trunk");
    expect(await shown()).toMatch(/Trunk carrier-a State Out of use No new calls since .* by Tess Example/);
    expect(tight((await tess.get("/trunks/carrier-b/drain")).text)).toContain("nobody is rung at all");
    await tess.post("/trunks/carrier-a/resume", { reason: "signed" });
    expect(await shown()).toMatch(/Trunk carrier-a State In use/);
    expect((await tess.post("/trunks/nowhere/drain", { reason: "x" })).status).toBe(404);
  });
});

describe("the first page of telecoms staff", () => {
  it("tells in one look how the telephones are", async () => {
    expect((await tess.get("/")).headers.location).toBe("/telephones");
    const page = tight((await tess.get("/telephones")).text);
    expect(page).toContain("All is well: calls can be made");
    expect(page).toContain("The trunk Well takes all its calls");
  });
});

describe("of patients", () => {
  it("nothing is reachable with the telephones' right: no number, name, reference, answer, story or word", async () => {
    const of = visit({
      phone: dramaNumber(777),
      visitRef: "SECRET-REF-1",
      givenName: "Secretia",
      nhsNumber: "9990000018",
    });
    const { attempt, ledger } = await dialled(db.pool, of);
    const callId = await begin(db.pool, attempt);
    const log = createCallLog(db.pool);
    await log.keep({
      ...{ callId, sequence: 1, effects: [{ kind: "answer", name: "rating", value: 5 }] },
      key: { digit: "5", step: "question", pressedAt: new Date() },
      state: flowState({ step: "story", answers: { rating: 5 } }),
    });
    await log.end({
      ...{ id: callId, disposition: "partial", endedBy: "them", machine: null },
      trail: [
        {
          sequence: 1,
          flow: "fft",
          step: "question",
          language: "en-GB",
          enteredMs: 0,
          leftMs: 900,
          leftBy: "key 5",
        },
        {
          sequence: 2,
          flow: "fft",
          step: "story",
          language: "en-GB",
          enteredMs: 900,
          leftMs: 1_900,
          leftBy: "hang-up",
        },
      ],
    });
    await ledger.end(attempt, ending({ disposition: "partial" }));
    const urls = room.web.roomRoutes
      .filter(({ method, right }) => method === "GET" && ["telephony", "signed-in"].includes(right))
      .flatMap(({ url }) =>
        ["question", "story"].map((step) =>
          url
            .replace(":flow", "fft")
            .replace(":step", step)
            .replace(":node", "north")
            .replace(/:\w+/g, attempt.visitId),
        ),
      );
    expect(urls).toContain("/flows/fft/steps/story");
    const forbidden = ["SECRET-REF-1", "Secretia", "9990000018", "7700900777", attempt.visitId, "•••"];
    for (const url of new Set(urls)) {
      const { text, status } = await tess.get(url);
      expect(status, url).toBeLessThan(500);
      for (const word of forbidden.filter((one) => !url.includes(one)))
        expect(text.includes(word), `${word} in ${url}`).toBe(false);
    }
    // A call may be named where it ended, never with what was answered in it.
    expect((await tess.get("/flows/fft/steps/story")).text).toContain(callId);
    expect((await tess.get("/flows/fft/steps/question")).text).not.toContain(callId);
    for (const url of ["/stories", `/visits/${attempt.visitId}`, "/overview", "/campaigns", "/governance"])
      expect((await tess.get(url)).status, url).toBe(403);
  });

  it("nothing is the database's to give them either: rows of calls, people and stories are closed", async () => {
    for (const table of [
      "visit",
      "call",
      "attempt",
      "key_press",
      "story",
      "transcript",
      "recording",
      "callback",
    ]) {
      const client = await db.pool.connect();
      try {
        await client.query("begin");
        await client.query("select enter_room($1)", [tess.who.userId]);
        await client.query("set local role hearback_room");
        const { rows } = await client.query(`select count(*)::int as n from ${table}`);
        expect([table, rows[0].n]).toEqual([table, 0]);
      } finally {
        await client.query("rollback");
        client.release();
      }
    }
  });
});
