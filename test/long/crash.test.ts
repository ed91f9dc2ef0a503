/** kill -9 in the middle of a run: of the app, then of the Asterisk it drives. What was given is kept; nobody is rung twice. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCampaign } from "#postgres/campaigns.ts";
import type { SurveyResult } from "#postgres/results.ts";
import { startPostgres } from "#rehearsal/postgres.ts";
import { DemoProcess, leftBehind } from "../support/demo-process.ts";
import {
  expectSpoken,
  listOf,
  prepareSurvey,
  query,
  refOf,
  resultsByRef,
  type Survey,
  spoken,
  storedAudio,
  telephonesThatRang,
  testFolder,
  tracesOf,
  untilOver,
} from "../support/rehearsal.ts";

const number = (tail: string): string => `+447700900${tail}`;
/** How often each telephone rang, most first; to be compared with the attempts. */
const countOf = (numbers: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(numbers, String)].map(([each, list]) => [each, list.length]).toSorted());

describe.concurrent("kill -9 of the app", () => {
  // In the order of their calls, three at once: 015 has told a story and is still up when 002 begins with one.
  const tails = ["015", "002", "001", "008", "006", "012"];
  const folder = testFolder("crash");
  const jsonFile = join(folder.path, "out.json");
  let killed: DemoProcess;
  let left: string[];
  let rangBefore: string[];
  let results: Map<string, SurveyResult>;
  let dialled: Record<string, number>;
  let told: Int16Array;

  beforeAll(async () => {
    const list = join(folder.path, "list.csv");
    writeFileSync(list, listOf(tails.map(number)));
    const state = join(folder.path, "state");
    const usual = ["--exit", "--state", state, "--max-calls", "3", "--json", jsonFile];
    killed = new DemoProcess([...usual, "--contacts", list]);
    await killed.untilSaid(/…02 recording/);
    await killed.untilSaid(/…15 answered: (consent|thanks)/);
    await wait(2_000);
    const pids = killed.processes();
    const folders = DemoProcess.temporaryFolders(pids);
    expect(pids.length, "processes of a running demo").toBeGreaterThan(6);
    expect(folders.length, "temporary folders of a running demo").toBeGreaterThan(0);
    killed.child.kill("SIGKILL");
    left = await leftBehind(pids, folders);
    rangBefore = telephonesThatRang(join(state, "demo/carrier"));
    const resumed = new DemoProcess([...usual, "--continue"]);
    await resumed.exited;
    expect(resumed.said).toContain("6 visits");
    const rows: SurveyResult[] = JSON.parse(readFileSync(jsonFile, "utf8"));
    results = new Map(rows.map((row) => [row.visit_ref, row]));
    await lookInto(state);
    rangAfter = telephonesThatRang(join(state, "demo/carrier"));
  });
  let rangAfter: string[];
  afterAll(async () => {
    await killed?.end();
    folder.remove();
  });

  async function lookInto(state: string): Promise<void> {
    const postgres = await startPostgres({ dir: join(state, "demo/postgres"), durable: false });
    const pool = new pg.Pool({ connectionString: postgres.url });
    try {
      const { rows } = await pool.query(
        `select visit_ref as ref, count(*)::int from attempt join visit v on v.id = visit_id
         where dialed_at is not null group by 1 order by 1`,
      );
      dialled = Object.fromEntries(rows.map((row) => [row.ref, row.count]));
      const key = Buffer.from(readFileSync(join(state, "demo.key"), "utf8"), "base64");
      told = await storedAudio(pool, results.get(refOf(number("015")))!.recording_uri!, key);
    } finally {
      await pool.end();
      await postgres.stop();
    }
  }

  test("leaves no process and no temporary folder behind", () => {
    expect(left).toEqual([]);
  });

  test("loses no finished story", () => {
    const row = results.get(refOf(number("015")))!;
    expect(row).toMatchObject({ rating: 5, transcript_state: "done", attempts: 1 });
    expect(row.disposition).toMatch(/^(partial|completed)$/);
    expectSpoken(told, ["story-07"]);
  });

  test("loses no rating that had been given, and ends the calls that it cut off", () => {
    expect(results.get(refOf(number("002")))).toMatchObject({
      rating: 2,
      disposition: "partial",
      attempts: 1,
    });
    expect(results.get(refOf(number("001")))!.disposition).toMatch(/^(partial|interrupted)$/);
  });

  test("goes on with those who had not been called", () => {
    expect(rangBefore.toSorted()).toEqual(["001", "002", "015"].map(number));
    expect(results.get(refOf(number("008")))).toMatchObject({ disposition: "declined", attempts: 1 });
    expect(results.get(refOf(number("012")))).toMatchObject({ disposition: "wrong_person", attempts: 1 });
  });

  test("rings nobody again for the same attempt", () => {
    const byNumber = Object.fromEntries(
      tails.toSorted().map((tail) => [number(tail), dialled[refOf(number(tail))]]),
    );
    expect(countOf(rangAfter)).toEqual(byNumber);
    for (const tail of ["015", "002", "001"]) expect(byNumber[number(tail)]).toBe(1);
  });
});

describe.concurrent("kill -9 of the Asterisk that Hearback drives", () => {
  // Three at once: 015 is done, 023 in the middle of a long story, 013 in the greeting, the others not yet called.
  const tails = ["023", "015", "013", "012", "008", "010"];
  let survey: Survey;
  let results: Map<string, SurveyResult>;
  let spokenMs = 0;
  let rangBefore: string[];
  const ratedBefore = new Map<string, number>();

  beforeAll(async () => {
    survey = await prepareSurvey(tails.map(number), {
      ...{ name: "crash-ivr", reviveIvr: true, speechEngine: "none", maxCalls: 3, callsPerSecond: 2 },
    });
    const { rehearsal, campaign } = survey;
    await rehearsal.app.start();
    await startCampaign(rehearsal.pool, campaign.name);
    const began = await untilRecording("023", 60_000);
    await wait(began.getTime() + 12_000 - Date.now());
    const given = "select visit_ref as ref, rating from survey_result where rating is not null";
    for (const { ref, rating } of await query<{ ref: string; rating: number }>(survey, given)) {
      ratedBefore.set(ref, rating);
    }
    rangBefore = telephonesThatRang(rehearsal.network.carrier!.dir);
    process.kill(rehearsal.network.ivr.pid, "SIGKILL");
    spokenMs = Date.now() - began.getTime();
    await untilOver(survey, 120_000);
    results = await resultsByRef(survey);
  });
  afterAll(() => survey?.stop());

  /** When the row of the first recording was written: in the tone, half a second before the recording at most. */
  async function untilRecording(tail: string, withinMs: number): Promise<Date> {
    const sql = `select r.created_at as at from recording r join story s on s.id = r.story_id
      join visit v on v.id = s.visit_id where visit_ref = $1`;
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await wait(100)) {
      const [row] = await query<{ at: Date }>(survey, sql, [refOf(number(tail))]);
      if (row) return row.at;
    }
    throw new Error(`${tail} did not come to a story`);
  }

  test("keeps the ratings given before", () => {
    expect([...ratedBefore.keys()]).toEqual(
      expect.arrayContaining([refOf(number("015")), refOf(number("023"))]),
    );
    for (const [ref, rating] of ratedBefore) expect(results.get(ref)!.rating).toBe(rating);
  });

  test("a story finished before is whole", async () => {
    const { recording_uri } = results.get(refOf(number("015")))!;
    expectSpoken(await storedAudio(survey.rehearsal.pool, recording_uri!), ["story-07"]);
  });

  test("a story being told loses its last 4.1 seconds at most", async () => {
    const row = results.get(refOf(number("023")))!;
    expect(row).toMatchObject({ disposition: "partial", rating: 2 });
    const stored = await storedAudio(survey.rehearsal.pool, row.recording_uri!);
    const lostMs = spokenMs - stored.length / 8;
    console.log(`of ${spokenMs} ms since the tone, ${(stored.length / 8).toFixed(0)} ms are kept`);
    expect(lostMs, "half a second of it is the tone").toBeLessThan(4_100 + 600);
    // The person waits for about a second after the tone before they speak.
    expectSpoken(stored, [spoken("story-long").subarray(0, stored.length - 2 * 8000)]);
  });

  test("the calls cut off are interrupted, or partial where a rating was given", async () => {
    expect(results.get(refOf(number("013")))).toMatchObject({ disposition: "interrupted", attempts: 1 });
    const { calls } = await tracesOf(survey, refOf(number("023")));
    expect(calls).toMatchObject([{ disposition: "partial", ended_by: "fault" }]);
  });

  test("Hearback is back with the new Asterisk, and calls the others", () => {
    expect(rangBefore).not.toContain(number("010"));
    const ends = ["012", "008", "010"].map((tail) => results.get(refOf(number(tail)))!.disposition);
    expect(ends).toEqual(["wrong_person", "declined", "opted_out"]);
  });

  test("nobody is rung again for the same attempt", async () => {
    const rows = await query<{ ref: string; count: number }>(
      survey,
      `select visit_ref as ref, count(*)::int from attempt join visit v on v.id = visit_id
       where dialed_at is not null group by 1`,
    );
    const dialled = new Map(rows.map(({ ref, count }) => [ref, count]));
    const rang = countOf(telephonesThatRang(survey.rehearsal.network.carrier!.dir));
    expect(rang).toEqual(
      Object.fromEntries(tails.toSorted().map((tail) => [number(tail), dialled.get(refOf(number(tail)))])),
    );
    for (const tail of ["013", "015", "023"]) expect(rang[number(tail)]).toBe(1);
  });
});
