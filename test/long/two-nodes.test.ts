/** Two Asterisks and one trunk: calls are spread, one is drained, one hangs and one dies; nobody is rung twice. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCampaign } from "#postgres/campaigns.ts";
import { createNodeDesk } from "#postgres/node-desk.ts";
import { crowdNumber } from "#rehearsal/people/crowd.ts";
import { listOf, prepareSurvey, query, type Survey, telephonesThatRang } from "../support/rehearsal.ts";

const numbers = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => crowdNumber(from + index));
const wait = { timeout: 60_000, interval: 100 };

let survey: Survey;
beforeAll(async () => {
  survey = await prepareSurvey(numbers(0, 8), {
    ...{ name: "two-nodes", nodes: 2, speechEngine: "none", maxCalls: 40, callsPerSecond: 20 },
    settings: { maxCalls: 40 },
  });
  await survey.rehearsal.app.start();
});
afterAll(() => survey?.stop());

interface Attempt {
  node: string;
  state: string;
  disposition: string | null;
  dialed_at: Date;
}
const attempts = () =>
  query<Attempt>(survey, "select * from attempt where dialed_at is not null order by dialed_at");
const onEach = async (since = new Date(0)) => {
  const made = (await attempts()).filter(({ dialed_at }) => dialed_at > since);
  return Object.fromEntries(
    ["node-1", "node-2"].map((node) => [node, made.filter((attempt) => attempt.node === node).length]),
  );
};
const live = async () => (await attempts()).filter(({ state }) => state === "live").length;
async function add(from: number, count: number): Promise<void> {
  const list = Buffer.from(listOf(numbers(from, count)));
  await survey.rehearsal.importList(
    survey.campaign,
    (async function* () {
      yield list;
    })(),
  );
}
const now = async () => (await query<{ now: Date }>(survey, "select clock_timestamp() as now"))[0]!.now;

test("calls are spread over both", async () => {
  await startCampaign(survey.rehearsal.pool, survey.campaign.name);
  await expect.poll(async () => (await attempts()).length, wait).toBe(8);
  expect(await onEach()).toEqual({ "node-1": 4, "node-2": 4 });
});

test("one that drains gets no more calls, within two seconds, and all again afterwards", async () => {
  const desk = createNodeDesk(survey.rehearsal.pool, { kind: "job", id: "test" });
  await desk.drain("node-1", "test");
  const since = await now();
  await add(8, 4);
  await expect.poll(async () => onEach(since), wait).toEqual({ "node-1": 0, "node-2": 4 });
  await desk.resume("node-1", "test");
  const resumed = await now();
  for (let more = 0; (await onEach(resumed))["node-1"] === 0; more++) {
    expect(more, "calls until the node is used again").toBeLessThan(8);
    await add(12 + more, 1);
    const made = async () => Object.values(await onEach(resumed)).reduce((sum, count) => sum + count);
    await expect.poll(made, wait).toBe(more + 1);
  }
});

test("one that hangs gets no more calls within five seconds; the other goes on; afterwards nothing is left there", async () => {
  const [first] = survey.rehearsal.network.ivrs;
  await add(20, 8);
  await expect.poll(live, wait).toBeGreaterThanOrEqual(8);
  process.kill(first!.pid, "SIGSTOP");
  const hung = await now();
  try {
    const seen = () =>
      query<{ state: string }>(survey, "select state from housekeeping.node_link where node = 'node-1'");
    await expect.poll(seen, { ...wait, timeout: 10_000 }).toEqual([{ state: "lost" }]);
    const noticed = await now();
    // Five seconds, and its own tick to write what it saw; a busy machine adds to both.
    const noticedMs = noticed.getTime() - hung.getTime();
    console.log(`noticed after ${noticedMs} ms`);
    await add(28, 4);
    await expect.poll(async () => onEach(noticed), wait).toEqual({ "node-1": 0, "node-2": 4 });
    const late = (await attempts()).filter(
      ({ node, dialed_at }) => node === "node-1" && dialed_at.getTime() > noticed.getTime(),
    );
    expect(late).toEqual([]);
    const lostThere = () =>
      query<Attempt>(survey, "select from attempt where node = 'node-1' and state in ('dialing', 'live')");
    await expect.poll(async () => (await lostThere()).length, wait).toBe(0);
  } finally {
    process.kill(first!.pid, "SIGCONT");
  }
  await expect.poll(() => first!.cli("core show channels count"), wait).toContain("0 active channels");
  const cut = (await attempts()).filter(
    ({ node, disposition }) => node === "node-1" && disposition !== "completed",
  );
  expect(cut.length).toBeGreaterThan(0);
  for (const { disposition } of cut) expect(["interrupted", "partial", "unknown"]).toContain(disposition);
});

test("one that is killed is used again once it is back; its calls are interrupted, and nobody is rung again that day", async () => {
  const [, second] = survey.rehearsal.network.ivrs;
  await add(40, 6);
  const there = async () =>
    (await attempts()).filter(({ state, node }) => state === "live" && node === "node-2").length;
  await expect.poll(there, wait).toBeGreaterThan(1);
  process.kill(second!.pid, "SIGKILL");
  await expect.poll(there, wait).toBe(0);
  await second!.start();
  const linked = () => query(survey, "select state from housekeeping.node_link where node = 'node-2'");
  await expect.poll(linked, wait).toEqual([{ state: "ready" }]);
  const back = await now();
  for (let more = 0; (await onEach(back))["node-2"] === 0; more++) {
    expect(more, "calls until the node is used again").toBeLessThan(12);
    await add(50 + more, 1);
    const made = async () => Object.values(await onEach(back)).reduce((sum, count) => sum + count);
    await expect.poll(made, wait).toBe(more + 1);
  }
  const open = () => query(survey, "select from attempt where state in ('intent', 'dialing', 'live')");
  await expect.poll(async () => (await open()).length, { ...wait, timeout: 120_000 }).toBe(0);
  const cut = (await attempts()).filter(
    ({ node, dialed_at, disposition }) =>
      node === "node-2" && dialed_at < back && disposition !== "completed",
  );
  expect(cut.length).toBeGreaterThan(0);
  for (const { disposition } of cut) expect(["interrupted", "partial"]).toContain(disposition);
  const due = "select from visit where status <> 'done' and not_before < now() + interval '12 hours'";
  expect(await query(survey, due)).toEqual([]);
});

test("the stories of each are fetched from where they lie", async () => {
  const waiting = () => query(survey, "select from story where state = 'kept' and audio = 'waiting'");
  await expect.poll(async () => (await waiting()).length, wait).toBe(0);
  const stored = await query<{ node: string }>(
    survey,
    `select distinct a.node from story s join call c on c.id = s.call_id join attempt a on a.id = c.attempt_id
     where s.audio = 'stored' and a.disposition = 'completed' order by 1`,
  );
  expect(stored).toEqual([{ node: "node-1" }, { node: "node-2" }]);
});

test("nobody's telephone rang more often than it was dialled", async () => {
  const rang = telephonesThatRang(survey.rehearsal.network.carrier!.dir);
  expect(new Set(rang).size).toBe(rang.length);
});
