/** Two Asterisks with one entityid: one is used, the other is refused with the reason, wherever one looks. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Hearback, type Hospital, spawnHearback, startHospital } from "./hospital.ts";

const entityId = "02:00:00:00:00:07";
let hospital: Hospital;
let served: Hearback | null = null;
beforeAll(async () => {
  hospital = await startHospital({ nodes: 2, entityId });
}, 120_000);
afterAll(async () => {
  served?.process.kill("SIGKILL");
  await hospital?.stop();
});

interface Told {
  check: string;
  level: string;
  what: string;
}

test("doctor names each check with its node, and the fault", async () => {
  const doctor = spawnHearback(["doctor", "--json"], hospital.env);
  expect(await doctor.exited).toBe(1);
  const { findings } = JSON.parse(doctor.said()) as { findings: Told[] };
  const faults = findings.filter(({ level }) => level === "fault");
  expect(faults.filter(({ check }) => check === "entityid").map(({ what }) => what)).toEqual([
    `node-1 and node-2 have one entityid (${entityId}): only one of them is used`,
  ]);
  for (const node of ["node-1", "node-2"])
    for (const check of ["asterisk", "modules", "manager", "rtp ports", "sounds"])
      expect(findings, `${check} of ${node}`).toContainEqual(
        expect.objectContaining({ check: `${check} ${node}`, level: "ok" }),
      );
});

test("serve uses one of them and tells people why not the other", async () => {
  served = spawnHearback(["serve"], { ...hospital.env, HEARBACK_LOG_LEVEL: "warn" });
  const { said } = served;
  const wait = { timeout: 30_000, interval: 100 };
  await expect.poll(said, wait).toMatch(/Hearback is up at \S+\.\n/);
  const [, base] = /up at (\S+?)\/?\.\n/.exec(said())!;
  await expect.poll(said, wait).toContain(`has the same entityid (${entityId}) as node`);
  const ready = await fetch(`${base}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { checks: { nodes: "1 of 2 are ready" } }]);
  const metrics = await (await fetch(`${base}/metrics`)).text();
  const seen = [...metrics.matchAll(/^hearback_asterisk_ready\{node="(node-\d)"\} (\d)$/gm)];
  expect(seen.map(([, , value]) => value).sort()).toEqual(["0", "1"]);
  const refused = seen.find(([, , value]) => value === "0")![1]!;

  const list = spawnHearback(["node", "list"], hospital.env);
  expect(await list.exited).toBe(0);
  expect(list.said()).toMatch(new RegExp(`${refused} +0 calls, never let in, refused for app-`));
  const alerts = () =>
    hospital.database.pool
      .query("select subject from housekeeping.alert where kind = 'node-refused' and resolved_at is null")
      .then(({ rows }) => rows);
  await expect.poll(alerts, wait).toEqual([{ subject: refused }]);
  served.process.kill("SIGTERM");
  expect(await served.exited).toBe(0);
});
