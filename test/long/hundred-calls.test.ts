/** A hundred people on the telephone at once: nobody's rating is another's, and no story has a hole. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SurveyResult } from "#postgres/results.ts";
import { crowdNumber, crowdRating, crowdStory } from "#rehearsal/people/crowd.ts";
import { cpuSeconds, statOf } from "../support/cpu.ts";
import {
  callAll,
  carrierCalls,
  expectSpoken,
  filesIn,
  prepareSurvey,
  query,
  refOf,
  resultsByRef,
  type Survey,
  storedAudio,
} from "../support/rehearsal.ts";

const count = 100;
const numbers = Array.from({ length: count }, (_, index) => crowdNumber(index));
let survey: Survey;
let results: Map<string, SurveyResult>;
let channelsMost = 0;

beforeAll(async () => {
  survey = await prepareSurvey(numbers, {
    ...{ name: "hundred", maxCalls: 110, callsPerSecond: 12, speechEngine: "none" },
  });
  const before = spent();
  const beganMs = performance.now();
  const over = new AbortController();
  void watchChannels(over.signal);
  await callAll(survey, 300_000);
  over.abort();
  const after = spent();
  const seconds = (performance.now() - beganMs) / 1000;
  results = await resultsByRef(survey);
  tellCost(before, after, seconds, await averageCallSeconds());
});
afterAll(() => survey?.stop());

type Spent = Record<"ivr" | "carrier" | "node" | "postgres", number>;

function spent(): Spent {
  const { ivr, carrier } = survey.rehearsal.network;
  const postmaster = Number(
    readFileSync(join(survey.dir, "postgres/data/postmaster.pid"), "utf8").split("\n")[0],
  );
  return {
    ivr: cpuSeconds(ivr.pid),
    carrier: cpuSeconds(carrier!.pid),
    node: statOf(process.pid)!.seconds,
    postgres: cpuSeconds(postmaster),
  };
}

function tellCost(before: Spent, after: Spent, seconds: number, callSeconds: number): void {
  const names = Object.keys(before) as (keyof Spent)[];
  const cost = names.map((name) => `${name} ${(after[name] - before[name]).toFixed(1)} s`);
  const ivrOfCore = ((after.ivr - before.ivr) / (count * callSeconds)) * 100;
  console.log(
    [
      `${count} calls of ${callSeconds.toFixed(0)} s in ${seconds.toFixed(0)} s, at most ${channelsMost} channels: CPU of ${cost.join(", ")}`,
      `a call costs the ivr ${ivrOfCore.toFixed(2)} % of a core`,
    ].join("\n"),
  );
}

async function averageCallSeconds(): Promise<number> {
  const sql = "select avg(extract(epoch from ended_at - answered_at))::float8 as seconds from call";
  return (await query<{ seconds: number }>(survey, sql))[0]!.seconds;
}

async function watchChannels(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const told = await survey.rehearsal.network.ivr.cli("core show channels count").catch(() => "");
    channelsMost = Math.max(channelsMost, Number(/(\d+) active channel/.exec(told)?.[1] ?? 0));
    await wait(2_000, undefined, { signal }).catch(() => {});
  }
}

describe("a hundred calls at once", () => {
  test("are all up at one moment", async () => {
    const sql = "select max(answered_at) as last, min(ended_at) as first, count(*)::int from call";
    const [row] = await query<{ last: Date; first: Date; count: number }>(survey, sql);
    expect(row!.count).toBe(count);
    const seconds = (row!.first.getTime() - row!.last.getTime()) / 1000;
    console.log(`all ${count} calls were up together for ${seconds.toFixed(1)} s`);
    expect(seconds, "seconds from the last answer to the first end").toBeGreaterThan(0);
  });

  test("ring everybody once", () => {
    const rung = carrierCalls(survey.rehearsal.network.carrier!.cdrFile).map(({ number }) => number);
    expect(rung.toSorted()).toEqual(numbers.toSorted());
  });

  test("give each visit its own rating, consent and end", () => {
    const got = numbers.map((number) => {
      const { disposition, rating, share_consent, attempts } = results.get(refOf(number))!;
      return { number, disposition, rating, share_consent, attempts };
    });
    const wanted = { disposition: "completed", share_consent: true, attempts: 1 };
    expect(got).toEqual(numbers.map((number) => ({ number, ...wanted, rating: crowdRating(number) })));
  });

  test("write each key down, in order", async () => {
    const sql = `select visit_ref as ref, string_agg(digit, '' order by k.sequence) as keys,
        max(extract(epoch from written_at - pressed_at) * 1000)::float8 as slowest
      from key_press k join call c on c.id = k.call_id join visit v on v.id = c.visit_id group by 1`;
    const rows = await query<{ ref: string; keys: string; slowest: number }>(survey, sql);
    const keys = new Map(rows.map((row) => [row.ref, row.keys]));
    expect(keys).toEqual(new Map(numbers.map((number) => [refOf(number), `1${crowdRating(number)}1#11`])));
    const slowest = Math.max(...rows.map((row) => row.slowest));
    console.log(`the slowest key was written in ${slowest.toFixed(0)} ms`);
  });

  test("keep every story as it was spoken", async () => {
    for (const number of numbers) {
      const { recording_uri } = results.get(refOf(number))!;
      expect(recording_uri, `story of ${number}`).not.toBeNull();
      expectSpoken(await storedAudio(survey.rehearsal.pool, recording_uri!), [crowdStory(number)]);
    }
  });

  test("leave nothing in Asterisk", async () => {
    expect(filesIn(survey.rehearsal.network.ivr.recordingDir)).toEqual([]);
    expect(await survey.rehearsal.network.ivr.cli("core show channels count")).toContain("0 active channels");
  });
});
