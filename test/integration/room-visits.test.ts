/** The call page, what staff do with one visit, and calls promised: who may, whose they are, and what the audit keeps. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TrailStep } from "#call/trail.ts";
import { newId } from "#lib/ids.ts";
import { createCallLog } from "#postgres/calls.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRole, type TestRoom, testRoom, type Visitor } from "../support/room.ts";
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

const readable = (html: string): string =>
  html
    .slice(Math.max(0, html.indexOf("<main")))
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");

let number = 0;
/** A visit that is due, in a running campaign of its own. */
async function due(different: Parameters<typeof visit>[0] = {}) {
  number += 1;
  const of = visit({ visitRef: `E-${number}`, phone: dramaNumber(300 + number), ...different });
  const campaign = await runningCampaign(db.pool, [of]);
  const { rows } = await db.pool.query("select id from visit where campaign_id = $1", [campaign.id]);
  return { id: rows[0].id as string, ref: of.visitRef, campaign, ledger: newLedger(db.pool) };
}

const stands = async (id: string) =>
  (await db.pool.query("select status, disposition from visit where id = $1", [id])).rows[0];

async function audited(subjectId: string) {
  const { rows } = await db.pool.query(
    `select who_id as who, action, trust, reason from housekeeping.audit_entry where subject_id = $1 order by n desc limit 1`,
    [subjectId],
  );
  return rows[0] ?? null;
}

describe("the pages of visits", () => {
  it("open for whoever may see calls; acts are the coordinator's", async () => {
    const { id, ref } = await due();
    for (const role of everyRole) {
      const visitor = await room.visitor(role);
      const [sees, acts] = [["clinician", "coordinator"].includes(role), role === "coordinator"];
      expect([role, (await visitor.get("/visits")).status]).toEqual([role, sees ? 200 : 403]);
      expect((await visitor.get(`/visits/${id}`)).status).toBe(acts ? 200 : sees ? 404 : 403);
      expect((await visitor.get("/callbacks")).status).toBe(acts ? 200 : 403);
      const search = await visitor.get(`/visits?ref=${ref}`);
      expect([role, search.status]).toEqual([role, acts ? 303 : sees ? 200 : 403]);
      for (const how of ["hold", "release", "withdraw", "retry"]) {
        if (acts) continue;
        expect((await visitor.get(`/visits/${id}/${how}`)).status).toBe(403);
        expect((await visitor.post(`/visits/${id}/${how}`, { reason: "x" })).status).toBe(403);
      }
    }
    for (const page of ["/visits", `/visits/${id}`, "/callbacks", `/visits/${id}/hold`])
      expect((await room.nobody.get(page)).status).toBe(303);
    expect([await stands(id), await audited(id)]).toEqual([{ status: "due", disposition: "pending" }, null]);
  });

  it("know nothing of another trust's visit", async () => {
    const { id, ref } = await due({ trust: "RYY" });
    expect((await coordinator.get(`/visits/${id}`)).status).toBe(404);
    expect(readable((await coordinator.get(`/visits?ref=${ref}`)).text)).toContain("There is no such visit");
    for (const how of ["hold", "release", "withdraw", "retry"])
      expect((await coordinator.post(`/visits/${id}/${how}`, { reason: "x" })).status).toBe(404);
    for (const other of [newId(), "x", "%27"])
      expect((await coordinator.get(`/visits/${other}`)).status).toBe(404);
    expect([(await stands(id)).status, await audited(id)]).toEqual(["due", null]);
  });

  it("show a clinician the calls behind stories of theirs, and whose they were not", async () => {
    // Not as short as the usual ones: those stand in a page's random words by chance.
    const visitRef = "clinicians-do-not-see-this";
    const { attempt } = await toldStory(db.pool, { of: visit({ visitRef }) });
    const clinician = await room.visitor("clinician");
    const { status, text } = await clinician.get(`/visits/${attempt.visitId}`);
    expect([status, readable(text).includes("The calls behind a story")]).toEqual([200, true]);
    expect(text).not.toContain(visitRef);
    expect((await clinician.post(`/visits/${attempt.visitId}/withdraw`, { reason: "x" })).status).toBe(403);
    const elsewhere = await room.visitor([{ ward: "Elsewhere" }]);
    expect((await elsewhere.get(`/visits/${attempt.visitId}`)).status).toBe(404);
    await db.pool.query(
      "update attempt set state = 'ended', ended_at = clock_timestamp(), disposition = 'completed' where visit_id = $1",
      [attempt.visitId],
    );
    await db.pool.query("update visit set status = 'due' where id = $1", [attempt.visitId]);
    const both = await room.visitor([{ role: "coordinator", trust: "RYY" }, { role: "clinician" }]);
    expect((await both.post(`/visits/${attempt.visitId}/withdraw`, { reason: "x" })).status).toBe(404);
    expect(await audited(attempt.visitId)).toBeNull();
  });
});

describe("the call page", () => {
  it("says in one sentence why nobody was called yet, and what comes next", async () => {
    const { id } = await due();
    const text = readable((await coordinator.get(`/visits/${id}`)).text);
    expect(text).toMatch(/Visit E-\d+ Not called yet\. /);
    const never = await due({ doNotCallReason: "deceased" });
    const told = readable((await coordinator.get(`/visits/${never.id}`)).text);
    expect(told).toContain("Not called: the trust&#39;s list says not to call. It is not called again.");
  });

  it("tells attempts with the network's words, what was heard and pressed, the story and its words", async () => {
    const { id, campaign, ledger } = await due();
    const first = await dialAgain(ledger, campaign);
    await ledger.end(
      first,
      ending({
        disposition: "busy",
        cause: 17,
        sipCode: 486,
        contact: false,
        follows: { kind: "retry", at: new Date(0) },
      }),
    );
    const second = await dialAgain(ledger, campaign);
    const callId = await begin(db.pool, second);
    const log = createCallLog(db.pool);
    const pressed = (sequence: number, digit: string, step: string, next: string) =>
      log.keep({
        ...{ callId, sequence, key: { digit, step, pressedAt: new Date() }, effects: [] },
        state: flowState({ step: next }),
      });
    await pressed(1, "1", "greeting", "welcome");
    await log.keep({ callId, sequence: 2, key: null, state: flowState({ step: "question" }), effects: [] });
    await pressed(3, "2", "question", "read-back");
    await log.partBegun({ callId, name: `story-${newId()}`, take: 1, part: 1 });
    const text = readable((await coordinator.get(`/visits/${id}`)).text);
    expect(text).toMatch(/Called twice, last on .*, as a further try: the call is going on\./);
    for (const words of [
      "attempt 1, the first call: dialled",
      "ended: busy (SIP 486, cause 17); it counts",
      "the network says: the line was busy",
      "heard: Hello. This is an automated call from (the trust’s name)",
      "pressed 1: I am that person",
      "heard: Overall, how was your experience of our service?",
      "pressed a key, which is an answer",
      "part 1 of the story is being recorded",
    ])
      expect(text).toContain(words);
    expect(text).not.toContain("pressed 2: good");
    // Once the call has ended there is its trail, step by step, with what was left by no key.
    const stay = (sequence: number, step: string, leftBy: string): TrailStep => ({
      ...{ sequence, flow: "fft", step, language: "en-GB", leftBy },
      ...{ enteredMs: sequence * 1_000, leftMs: sequence * 1_000 + 900 },
    });
    await log.end({
      ...{ id: callId, disposition: "partial", endedBy: "them", machine: null },
      trail: [stay(1, "greeting", "key 1"), stay(2, "welcome", "next"), stay(3, "question", "hang-up")],
    });
    const after = readable((await coordinator.get(`/visits/${id}`)).text);
    expect(after).toContain("heard: Thank you. We have one short question.");
  });

  it("tells the answer to whoever is not told whose it is", async () => {
    const { attempt } = await toldStory(db.pool);
    const { rows } = await db.pool.query("select id from call where visit_id = $1", [attempt.visitId]);
    await createCallLog(db.pool).keep({
      ...{ callId: rows[0].id, sequence: 9, effects: [], state: flowState({ step: "read-back" }) },
      key: { digit: "2", step: "question", pressedAt: new Date() },
    });
    const { text } = await (await room.visitor("clinician")).get(`/visits/${attempt.visitId}`);
    expect(readable(text)).toContain("pressed 2: good");
  });
});

describe("what staff do with one visit", () => {
  it.each([
    ["hold", "held", "visit-hold"],
    ["withdraw", "withdrawn", "visit-withdraw"],
    ["retry", "due", "visit-retry"],
  ])("%s: with a reason, told in the audit and in its history", async (how, status, action) => {
    const { id } = await due();
    expect((await coordinator.get(`/visits/${id}/${how}`)).status).toBe(200);
    const without = await coordinator.post(`/visits/${id}/${how}`, { reason: " " });
    expect([without.status, without.text.includes("Enter a reason")]).toEqual([422, true]);
    expect((await stands(id)).status).toBe("due");
    const { status: answer, headers } = await coordinator.post(`/visits/${id}/${how}`, {
      reason: "The ward asked",
    });
    expect([answer, headers.location]).toEqual([303, `/visits/${id}?done=${how}`]);
    expect((await stands(id)).status).toBe(status);
    expect(await audited(id)).toEqual({
      ...{ who: coordinator.who.userId, action, trust: "RXX", reason: "The ward asked" },
    });
  });

  it("releases what is held, and its page names who held it", async () => {
    const { id } = await due();
    await coordinator.post(`/visits/${id}/hold`, { reason: "Wait" });
    expect(readable((await coordinator.get(`/visits/${id}`)).text)).toContain("held by Sam Example");
    expect((await coordinator.post(`/visits/${id}/release`, { reason: "Go on" })).status).toBe(303);
    expect([(await stands(id)).status, (await audited(id)).action]).toEqual(["due", "visit-release"]);
  });

  it("withdraws nobody whose telephone rings, and says so", async () => {
    const { id, campaign, ledger } = await due();
    await dialAgain(ledger, campaign);
    const { status, text } = await coordinator.post(`/visits/${id}/withdraw`, { reason: "Stop" });
    expect([status, text.includes("is being rung, or answered, just now")]).toEqual([409, true]);
    expect([(await stands(id)).status, await audited(id)]).toEqual(["calling", null]);
  });

  it("tries again who was not reached, and is claimed at once", async () => {
    const { id, campaign, ledger } = await due();
    const attempt = await dialAgain(ledger, campaign);
    await ledger.end(attempt, ending({ disposition: "no_answer", contact: false }));
    expect(await stands(id)).toEqual({ status: "done", disposition: "no_answer" });
    expect((await coordinator.post(`/visits/${id}/retry`, { reason: "She was in the garden" })).status).toBe(
      303,
    );
    expect((await dialAgain(ledger, campaign)).reason).toBe("retry");
  });

  it.each([
    ["was reached", ending(), "The visit is completed"],
    ["opted out since", ending({ disposition: "no_answer", contact: false }), "not to be called"],
  ])("does not try again who %s", async (why, end, told) => {
    const { id, campaign, ledger } = await due();
    await ledger.end(await dialAgain(ledger, campaign), end);
    if (why.startsWith("opted"))
      await db.pool.query(
        `insert into opt_out (trust, unit, scope, phone_hmac, source)
         select trust, unit, 'number', phone_hmac, 'staff' from visit where id = $1`,
        [id],
      );
    const { status, text } = await coordinator.post(`/visits/${id}/retry`, { reason: "Again" });
    expect([status, text.includes(told)]).toEqual([409, true]);
    expect([(await stands(id)).status, await audited(id)]).toEqual(["done", null]);
  });
});

it("promised calls stand with their clock, kept and broken ones apart, of this trust only", async () => {
  const promise = async (minutes: number, state: string, different = {}) => {
    const { id, campaign, ledger, ref } = await due(different);
    const attempt = await dialAgain(ledger, campaign);
    const callId = await begin(db.pool, attempt);
    await db.pool.query(
      `insert into callback (visit_id, call_id, trust, unit, due, state)
       select id, $2, trust, unit, clock_timestamp() + $3 * interval '1 minute', $4 from visit where id = $1`,
      [id, callId, minutes, state],
    );
    await ledger.end(
      attempt,
      ending({ disposition: "callback", follows: { kind: "callback", at: new Date(), again: false } }),
    );
    return ref;
  };
  const [soon, late, kept, broken, theirs] = [
    await promise(30.2, "promised"),
    await promise(-20, "promised"),
    await promise(-60, "kept"),
    await promise(-90, "broken"),
    await promise(10, "promised", { trust: "RYY" }),
  ];
  const text = readable((await coordinator.get("/callbacks")).text);
  expect(text).toMatch(
    new RegExp(`Clock Late by 20 minutes Visit ${late} .*Clock Due in 30 minutes Visit ${soon} `),
  );
  expect(text).toMatch(new RegExp(`1 kept, 1 broken\\. .*Kept Visit ${kept} .*Broken Visit ${broken} `));
  expect(text).not.toContain(theirs);
});
