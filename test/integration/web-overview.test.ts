import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCallLog } from "#postgres/calls.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestRoom, testRoom } from "../support/room.ts";
import {
  begin,
  dialAgain,
  ending,
  flowState,
  importVisits,
  newLedger,
  runningCampaign,
  visit,
} from "../support/survey.ts";

let db: TestDatabase;
let room: TestRoom;
const wards: [ward: string, ratings: (number | null)[]][] = [
  ["Oak", [1, 1, 1, 2, 4, 6]],
  ["Elm", [1, 2]],
  ["Ash", [1, 1, 2, 2, 5, 5, null]],
];

beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
  const campaign = await runningCampaign(db.pool);
  const ledger = newLedger(db.pool);
  for (const [ward, ratings] of wards)
    for (const rating of ratings) {
      await importVisits(db.pool, campaign.id, [visit({ ward, site: "North" })]);
      const attempt = await dialAgain(ledger, campaign);
      const callId = await begin(db.pool, attempt);
      const log = createCallLog(db.pool);
      const effects = rating === null ? [] : [{ kind: "answer", name: "rating", value: rating } as const];
      const state = flowState({ confirmed: true, step: rating === null ? "question" : "story" });
      await log.keep({ callId, sequence: 1, key: null, state, effects });
      const disposition = rating === null ? "hung_up" : "partial";
      await log.end({ id: callId, disposition, endedBy: "them", machine: null });
      await ledger.end(attempt, ending({ disposition }));
    }
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

/** The row's cells, as text. */
const rowOf = (html: string, name: string): string[] => {
  const [, row] = new RegExp(`<th scope="row"[^>]*>${name}</th>(.*?)</tr>`, "s").exec(html) ?? [];
  return [...(row ?? "").matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) =>
    cell!.replace(/<[^>]*>/g, "").trim(),
  );
};

describe("the overview", () => {
  it("counts how far people came", async () => {
    const { status, text } = await (await room.visitor("coordinator")).get("/overview");
    expect(status).toBe(200);
    expect(rowOf(text, "On a list")).toEqual(["15", "–"]);
    expect(rowOf(text, "Rung")).toEqual(["15", "100%"]);
    expect(rowOf(text, "Rated")).toEqual(["14", "93%"]);
    expect(rowOf(text, "Told a story")).toEqual(["0", "0%"]);
    expect(rowOf(text, "Very good")).toEqual(["6", "43%"]);
    expect(rowOf(text, "story")).toEqual(["14"]);
    expect(rowOf(text, "question")).toEqual(["1"]);
  });

  it("hides the small ward, and the next least, or taking away would tell it", async () => {
    const { text } = await (await room.visitor("coordinator")).get("/overview");
    expect(rowOf(text, "North, Elm").slice(0, 3)).toEqual(["2", "*", "*"]);
    expect(
      [rowOf(text, "North, Ash"), rowOf(text, "North, Oak")].filter(([, answers]) => answers === "*"),
    ).toHaveLength(1);
    const shown = rowOf(text, "North, Ash")[1] === "*" ? "North, Oak" : "North, Ash";
    expect(rowOf(text, shown)[1]).toBe("6");
  });

  it("shows a clinician only what is theirs", async () => {
    const { text } = await (await room.visitor([{ ward: "Ash" }])).get("/overview");
    expect(text).not.toContain("Oak");
    expect(rowOf(text, "On a list")[0]).toBe("7");
    expect(rowOf(text, "North, Ash")[1]).toBe("6");
    const { text: none } = await (await room.visitor([{ trust: "RYY" }])).get("/overview");
    expect(none).toContain("No lists came in this time");
  });

  it.each([
    ["from=2026-02-31", "Enter both days"],
    ["from=2026-03-02&to=2026-03-01", "must be before"],
    ["from=2020-01-01&to=2026-03-01", "two years at most"],
    ["from=%3Cscript%3E", "Enter both days"],
  ])("says what is wrong with %s", async (query, words) => {
    const { status, text } = await (await room.visitor("coordinator")).get(`/overview?${query}`);
    expect(status).toBe(200);
    expect(text).toContain(words);
    expect(text).not.toContain("<script>alert");
  });

  it.each(["telecoms", "governance"] as const)("is not %s's", async (role) => {
    expect((await (await room.visitor(role)).get("/overview")).status).toBe(403);
  });
});
