/**
 * What a call costs in statements, round trips, requests, events and log lines, on real telephones: no more than
 * test/bench/bounds.json says. Nothing here depends on how fast the machine is.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startCampaign } from "#postgres/campaigns.ts";
import { crowdNumber } from "#rehearsal/people/crowd.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { type Cost, type CostMeter, costs, type Reading, startCostMeter } from "../support/cost-meter.ts";
import { prepareSurvey, query, resultsByRef, type Survey, untilOver } from "../support/rehearsal.ts";

const boundsFile = "test/bench/bounds.json";
const bounds: Record<Cost, number> = JSON.parse(readFileSync(repositoryFile(boundsFile), "utf8")).aCall;

const calls = 8;
const numbers = Array.from({ length: calls }, (_, index) => crowdNumber(index));
/** Nobody is on the telephone. What runs by the clock runs in it at least once, or too seldom among calls to count. */
const idleMs = 20_000;

let survey: Survey;
let meter: CostMeter;
let reading: Reading;

beforeAll(async () => {
  // One a second, so that each is claimed by itself.
  survey = await prepareSurvey(numbers, { name: "cost", callsPerSecond: 1, speechEngine: "none" });
  const { app, pool } = survey.rehearsal;
  meter = startCostMeter({ logFile: join(survey.dir, "hearback.log"), exclude: "hearback rehearsal" });
  await app.start();
  // The campaign runs, and nobody is due.
  const due = (when: string) => query(survey, `update visit set not_before = ${when}`);
  await due("clock_timestamp() + interval '1 hour'");
  await startCampaign(pool, survey.campaign.name);
  await wait(idleMs);
  meter.calling();
  await due("clock_timestamp()");
  await untilOver(survey, 240_000);
  const { ivr } = survey.rehearsal.network;
  const jobs = () =>
    query<{ left: number }>(survey, "select count(*)::int as left from graphile_worker.jobs");
  await vi.waitFor(
    async () => {
      expect(await ivr.cli("core show channels count")).toContain("0 active channels");
      expect(await jobs()).toEqual([{ left: 0 }]);
    },
    { timeout: 30_000, interval: 500 },
  );
  reading = meter.read(calls);
  console.log(`a call: ${JSON.stringify(reading.perCall)}\n${reading.told}`);
});
afterAll(async () => {
  meter?.stop();
  await survey?.stop();
});

it("is that of calls that went as they should", async () => {
  const results = [...(await resultsByRef(survey)).values()];
  expect(results.map(({ disposition, attempts }) => ({ disposition, attempts }))).toEqual(
    numbers.map(() => ({ disposition: "completed", attempts: 1 })),
  );
});

it.each(costs)("stays within its bound: %s", (cost) => {
  const [found, bound] = [reading.perCall[cost], bounds[cost]];
  expect(found, "counted at all").toBeGreaterThan(0);
  expect(
    found,
    `a call costs ${found} ${cost}, and ${boundsFile} allows ${bound}; what it is made of:\n${reading.told}`,
  ).toBeLessThanOrEqual(bound);
  if (found <= bound * 0.9)
    console.log(`a call costs ${found} ${cost} now: lower the bound of ${bound} in ${boundsFile}`);
});
