/** The live board: who may watch, what it shows of whom, and one look a second however many watch. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Clock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import { createCallLog } from "#postgres/calls.ts";
import { createBoardHub } from "#web/room/campaigns/board-hub.ts";
import { sessionCookie } from "#web/room/who.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRole, type TestRoom, testRoom } from "../support/room.ts";
import {
  begin,
  dialAgain,
  dramaNumber,
  ending,
  flowState,
  newLedger,
  runningCampaign,
  visit,
} from "../support/survey.ts";
import { toldStory } from "../support/told-story.ts";

let db: TestDatabase;
let room: TestRoom;
let address: string;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  address = await room.web.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

const readable = (html: string): string =>
  html
    .slice(Math.max(0, html.indexOf("<main")))
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");

let numbers = 700;
/** One who has had the question put, one who was not reached, and one who waits; each by reference. */
async function busy() {
  const list = [1, 2, 3].map((n) => {
    numbers += 1;
    return visit({ phone: dramaNumber(numbers), visitRef: `B-${numbers}-${n}` });
  });
  const campaign = await runningCampaign(db.pool, list);
  const ledger = newLedger(db.pool);
  const one = await dialAgain(ledger, campaign);
  const other = await dialAgain(ledger, campaign);
  await ledger.end(other, ending({ disposition: "no_answer", cause: 19, sipCode: 480, contact: false }));
  const callId = await begin(db.pool, one);
  const state = flowState({ step: "question" });
  await createCallLog(db.pool).keep({ callId, sequence: 1, key: null, state, effects: [] });
  const { rows } = await db.pool.query("select id, visit_ref as ref from visit where campaign_id = $1", [
    campaign.id,
  ]);
  const [calling, ended] = [one, other].map(
    ({ visitId }) => rows.find(({ id }) => id === visitId).ref as string,
  );
  const next = rows.find(({ ref }) => ref !== calling && ref !== ended).ref as string;
  return { campaign, ledger, one, calling: calling!, ended: ended!, next };
}

/** "B-701-1" is of the number that ends so. */
const masked = (ref: string): string => `Visit ${ref} Number •••• ${ref.slice(2, 5)}`;

describe("the board", () => {
  it("opens for coordinators of its trust, and for nobody else", async () => {
    const { campaign } = await busy();
    const pages = ["board", "people"].map((page) => `/campaigns/${campaign.id}/${page}`);
    const events = `/campaigns/${campaign.id}/board/events`;
    for (const role of everyRole) {
      const visitor = await room.visitor(role);
      for (const page of pages)
        expect([role, page, (await visitor.get(page)).status]).toEqual([
          role,
          page,
          role === "coordinator" ? 200 : 403,
        ]);
      if (role !== "coordinator") expect((await visitor.get(events)).status).toBe(403);
    }
    for (const page of [...pages, events]) expect((await room.nobody.get(page)).status).toBe(303);
    const elsewhere = await room.visitor([{ role: "coordinator", trust: "RYY" }, { role: "clinician" }]);
    for (const page of [...pages, events]) expect((await elsewhere.get(page)).status).toBe(404);
  });

  it("shows who is on the telephone, at which question, who was and who is next; numbers masked", async () => {
    const { campaign, calling, ended, next } = await busy();
    const coordinator = await room.visitor("coordinator");
    const { text } = await coordinator.get(`/campaigns/${campaign.id}/board`);
    const shown = readable(text);
    expect(shown).toMatch(/On the telephone 1 To be called 1 Done 1/);
    const asked = "Overall, how was your experience of our service?";
    expect(shown).toContain(
      `${masked(calling)} State In the call Question reached ${asked} In the call Under a minute`,
    );
    expect(shown).toMatch(new RegExp(`Next .*${masked(next)} State To be called`));
    expect(shown).toMatch(new RegExp(`Last calls .*${masked(ended)} State No answer`));
    expect(text).not.toMatch(/07700|\+447/);
    const people = readable((await coordinator.get(`/campaigns/${campaign.id}/people`)).text);
    expect(people).toContain(`${masked(calling)} State On the telephone`);
    expect(people).toContain(`${masked(ended)} State Done How it went No answer`);
    expect(people).toContain(`${masked(next)} State To be called`);
    const held = readable((await coordinator.get(`/campaigns/${campaign.id}/people?status=held`)).text);
    expect(held).toContain("No visit stands so");
  });

  it("shows no visit of another trust, though its list brought it", async () => {
    const theirs = visit({ trust: "RYY", visitRef: "theirs" });
    const campaign = await runningCampaign(db.pool, [theirs, visit({ visitRef: "ours" })]);
    const coordinator = await room.visitor("coordinator");
    for (const page of ["board", "people"]) {
      const { text } = await coordinator.get(`/campaigns/${campaign.id}/${page}`);
      expect([text.includes("ours"), text.includes("theirs")]).toEqual([true, false]);
    }
    expect(readable((await coordinator.get(`/campaigns/${campaign.id}/board`)).text)).toContain(
      "To be called 1",
    );
  });

  it("is kept fresh by events, and lets go of whoever leaves", async () => {
    const { campaign, ledger, one, calling } = await busy();
    const { secret } = await room.visitor("coordinator");
    const leaving = new AbortController();
    const answer = await fetch(`${address}/campaigns/${campaign.id}/board/events`, {
      headers: { cookie: `${sessionCookie}=${secret}` },
      signal: leaving.signal,
    });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    expect(answer.headers.get("cache-control")).toContain("no-store");
    const events = boards(answer);
    expect((await events.next()).value).toContain(calling);
    await ledger.end(one, ending());
    expect((await events.next()).value).toContain("Nobody is on the telephone just now");
    const asked = vi.spyOn(db.pool, "query");
    await vi.waitFor(() => expect(looksOf(asked)).toBeGreaterThan(0), { timeout: 30_000 });
    leaving.abort();
    await expect(events.next()).rejects.toThrow();
    // Looks came every second: three seconds without one are the end of them.
    let [count, since] = [looksOf(asked), Date.now()];
    await vi.waitFor(
      () => {
        if (looksOf(asked) !== count) [count, since] = [looksOf(asked), Date.now()];
        expect(Date.now() - since).toBeGreaterThan(3_000);
      },
      { timeout: 30_000, interval: 200 },
    );
    asked.mockRestore();
  });

  it("shows nothing of a story that was told", async () => {
    const { campaign } = await toldStory(db.pool);
    const { rows } = await db.pool.query("select id from campaign where name = $1", [campaign]);
    const { text } = await (await room.visitor("coordinator")).get(`/campaigns/${rows[0].id}/board`);
    expect(text).not.toContain("/stories/");
  });
});

const looksOf = (asked: { mock: { calls: unknown[][] } }): number =>
  asked.mock.calls.filter((call) => JSON.stringify(call).includes("union all")).length;

/** The pieces of HTML that come as events. */
async function* boards(answer: Response): AsyncGenerator<string> {
  let text = "";
  for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end));
      text = text.slice(end + 2);
      if (data) yield JSON.parse(data[1]!);
    }
  }
}

describe("the hub", () => {
  /** Seconds pass when the test says so. */
  function byHand() {
    const looks: string[][] = [];
    let counted = 0;
    let nowMs = 0;
    let next = Promise.withResolvers<void>();
    let waits = Promise.withResolvers<void>();
    const clock: Clock = {
      now: () => new Date(nowMs),
      monotonicMs: () => nowMs,
      wait: (ms) => {
        waits.resolve();
        return next.promise.then(() => {
          nowMs += ms;
        });
      },
    };
    const room = {
      look: async (ids: readonly string[]) => {
        looks.push([...ids]);
        return new Map(ids.map((id) => [id, []]));
      },
      counts: async () => {
        counted += 1;
        return new Map();
      },
    };
    const second = async () => {
      await waits.promise;
      waits = Promise.withResolvers();
      const passed = next;
      next = Promise.withResolvers();
      passed.resolve();
      await Promise.race([waits.promise, new Promise((resolve) => setImmediate(resolve))]);
    };
    return { hub: createBoardHub(room, clock, silentLogger), looks, counted: () => counted, second };
  }

  it("looks and counts once a second for a hundred viewers of two campaigns", async () => {
    const { hub, looks, counted, second } = byHand();
    const told: string[] = [];
    const leave = Array.from({ length: 100 }, (_, n) => {
      const id = n % 2 === 0 ? "even" : "odd";
      return hub.watch(id, () => void told.push(id));
    });
    for (let n = 0; n < 9; n += 1) await second();
    // The first look began with the first viewer, and knew of one campaign.
    expect(looks.map((ids) => ids.toSorted().join())).toEqual(["even", ...Array(9).fill("even,odd")]);
    expect([told.length, counted()]).toEqual([950, 10]);
    for (const one of leave) one();
    expect(hub.watching).toBe(0);
    const before = looks.length;
    await second();
    expect(looks).toHaveLength(before);
  });
});
