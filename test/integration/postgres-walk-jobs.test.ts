/** Walks asked for on the page: one at a time, whoever holds one may die, and somebody is told how it ended. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inTransaction } from "#postgres/transaction.ts";
import { createWalkOrders, createWalkWork } from "#postgres/walk-jobs.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { sam, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
let telecoms: Visitor;
beforeEach(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  telecoms = await room.visitor("telecoms", "Terry Example");
});
afterEach(async () => {
  await room.close();
  await db.drop();
});

const page = "/releases/draft/walk";
const said = (html: string) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
const orders = () => createWalkOrders((work) => inTransaction(db.pool, work));
const progress = { walks: 80, done: 12, failed: 1, line: "passed: fft, hears it" };
const lapse = () =>
  db.pool.query("update housekeeping.walk_job set lease_until = clock_timestamp() - interval '1 s'");

describe("the work", () => {
  it("is one at a time, and its holder's until their lease has lapsed", async () => {
    const [one, other] = ["app-one", "app-other"].map((owner) => createWalkWork(db.pool, owner));
    expect(await one!.take()).toBeNull();
    expect([await orders().order(sam), await orders().order(sam)]).toEqual(["ordered", "under-way"]);
    const job = await one!.take();
    expect(job).toMatchObject({ by: sam });
    expect(await other!.take()).toBeNull();
    expect(await one!.beat(job!.id, progress, "d")).toBe("go on");
    expect(await orders().latest()).toMatchObject({ state: "walking", ...progress, digest: "d" });

    await lapse();
    expect(await other!.take()).toMatchObject({ id: job!.id });
    expect(await one!.beat(job!.id, progress, "d")).toBe("lost");
    await one!.end(job!.id, { state: "failed", problem: "too late to say so" });
    expect(await orders().latest()).toMatchObject({ state: "walking", problem: null, done: 0 });
    await other!.end(job!.id, { state: "done" });
    expect(await orders().latest()).toMatchObject({ state: "done" });
    expect(await orders().order(sam)).toBe("ordered");
  });

  it("is told failed where it kills whoever takes it, time after time", async () => {
    await orders().order(sam);
    const work = createWalkWork(db.pool, "app-one");
    for (let i = 0; i < 3; i += 1) {
      expect(await work.take()).not.toBeNull();
      await lapse();
    }
    expect(await work.take()).toBeNull();
    expect(await orders().latest()).toMatchObject({
      state: "failed",
      problem: expect.stringContaining("begun 3 times"),
    });
  });

  it("given back by one that ends is taken at once, and does not count against it", async () => {
    await orders().order(sam);
    const work = createWalkWork(db.pool, "app-one");
    for (let i = 0; i < 5; i += 1) await work.giveBack((await work.take())!.id);
    expect(await createWalkWork(db.pool, "app-other").take()).not.toBeNull();
  });

  it("that nobody has is stopped at once; one that is held, by its holder", async () => {
    const work = createWalkWork(db.pool, "app-one");
    await orders().order(sam);
    expect(await orders().stop(sam)).toBe(true);
    expect(await work.take()).toBeNull();
    expect(await orders().latest()).toMatchObject({ state: "stopped" });
    expect(await orders().stop(sam)).toBe(false);

    await orders().order(sam);
    const { id } = (await work.take())!;
    await orders().stop(sam);
    expect(await orders().latest()).toMatchObject({ state: "walking", stopping: true });
    expect(await work.beat(id, progress, "d")).toBe("stop");
  });
});

describe("the page", () => {
  it("asks for a walk, follows it and stops it", async () => {
    expect(said((await telecoms.get("/releases/draft")).text)).toContain("These files were not walked yet.");
    expect((await telecoms.post(page)).headers.location).toBe(page);
    expect((await telecoms.post(page)).headers.location).toBe(`${page}?done=under-way`);
    const work = createWalkWork(db.pool, "app-one");
    const { id, by } = (await work.take())!;
    expect(by).toMatchObject({ kind: "user", name: "Terry Example" });
    await work.beat(id, progress, "d");
    const now = await telecoms.get(`${page}/now`);
    expect(said(now.text)).toContain("12 of 80 calls made, 1 failed.");
    expect(now.text).not.toContain("<html");
    expect((await telecoms.post(`${page}/stop`)).headers.location).toBe(`${page}?done=stop`);
    expect(said((await telecoms.get(page)).text)).toContain("It is being stopped.");
    await work.end(id, { state: "failed", problem: "There is no Asterisk for rehearsals here: <none>." });
    const told = await telecoms.get(page);
    expect(told.text).toContain("There is no Asterisk for rehearsals here: &lt;none&gt;.");
    expect(told.text).toContain("Walk it now");
    const { rows } = await db.pool.query(
      "select action from housekeeping.audit_entry where who_id = $1 order by n",
      [telecoms.who.userId],
    );
    expect(rows.map(({ action }) => action)).toEqual(["release-walk", "release-walk-stop"]);
  });

  it("tells the report: how many, which failed where, with what was expected and heard, and what was walked again", async () => {
    const desk = uncheckedDesk(db.pool);
    const { digest } = await desk.draft();
    const call = (name: string, more: object) => ({
      ...{
        flow: "fft",
        name,
        passed: true,
        steps: ["question"],
        keys: "1",
        ways: [],
        heard: ["hello (en-GB)"],
      },
      ...{ faults: [], durationMs: 9_000, lateMs: 5, earlier: [], ...more },
    });
    const wrong = { step: "thanks", expected: '"goodbye (en-GB)"', got: '"hello (en-GB)" was heard' };
    const course = [
      { step: "question", said: ["hello", "<keys>"], cutOff: true },
      { did: "presses 1" },
      { step: "thanks", said: ["goodbye"], cutOff: false },
    ];
    const prompts = [
      {
        ...{ language: "cy-GB", heard: ["hello", "goodbye"], byThemselves: ["let-me-repeat (fft)"] },
        ...{ valuesByThemselves: ["number-1"], notHeard: ["declined (fft)"], notRecorded: [] },
      },
    ];
    const report = {
      prompts,
      ...{ digest, passed: false, begunAt: new Date().toISOString(), durationMs: 180_000 },
      ...{ uncovered: ["fft: step menu, key 3"], onPaperOnly: [], obstacles: [] },
      walks: [
        call("says <nothing>", { passed: false, faults: [wrong], course }),
        call("hears it", { earlier: [[{ ...wrong, step: "question" }]] }),
        call("hangs up", {}),
      ],
    };
    await desk.keepWalk({ digest, passed: false, by: sam, report });
    const text = said((await telecoms.get(page)).text).replaceAll("&quot;", '"');
    expect(text).toContain(
      "3 walks, 1 failed; 1 walked again, because the machine was late. It took 3 minutes.",
    );
    expect(text).toContain(
      'fft: says &lt;nothing&gt; (keys 1) At step thanks: expected "goodbye (en-GB)", but "hello (en-GB)" was heard.',
    );
    expect(text).toContain("question: hello, &lt;keys&gt; (cut off) The caller presses 1 thanks: goodbye");
    expect(text).toContain("cy-GB: 2 prompts heard to the end by callers; 1 word for values");
    expect(text).toContain("Not heard, since their calls failed : declined (fft).");
    expect(text).toContain("They were heard in another, or by themselves: let-me-repeat (fft).");
    expect(text).not.toContain("Not recorded in this language");
    expect(text).toContain("fft: hears it, 1 time; then it passed. First: At step question: expected");
    expect(text).toContain("fft: step menu, key 3");
    expect(text).not.toContain("{");
    const draft = said((await telecoms.get("/releases/draft")).text);
    expect(draft).toContain("The last walk of these files did not pass. 3 walks, 1 failed");

    const golden = [
      { name: "somebody rings us", expected: "enters", seen: "enters" },
      { name: "the heartbeat", expected: "writes its row", seen: "writes none" },
    ];
    const turnedAway = {
      ...report,
      walks: [],
      goldenCalls: golden,
      obstacles: ["the heartbeat: writes none"],
    };
    await desk.keepWalk({ digest, passed: false, by: sam, report: turnedAway });
    const told = said((await telecoms.get(page)).text).replaceAll("&#39;", "'");
    expect(told).toContain("Its flows were not walked: the heartbeat: writes none");
    expect(told).toContain("1 of 2 golden calls by the draft's own hooks went as they should.");
  });

  it("is for telecoms alone", async () => {
    const clinician = await room.visitor("clinician");
    expect((await clinician.get(page)).status).toBe(403);
    expect((await clinician.post(page)).status).toBe(403);
    expect(await orders().latest()).toBeNull();
  });
});
