/** `hearback serve` on a real Asterisk, used through its HTTP API alone, as another system would. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readWav } from "#lib/audio/wav.ts";
import type { Json } from "../support/api.ts";
import { newToken } from "../support/api.ts";
import { startReceiver } from "../support/webhook-receiver.ts";
import { type Hearback, type Hospital, spawnHearback, startHospital } from "./hospital.ts";

let hospital: Hospital;
let hearback: Hearback | null = null;
beforeAll(async () => {
  hospital = await startHospital({ maxCalls: 20 });
}, 120_000);
afterAll(async () => {
  hearback?.process.kill("SIGKILL");
  await hospital?.stop();
});

const samples = (text: string) =>
  new Map(text.split("\n").map((line) => line.split(/ (?=[^ ]+$)/) as [string, string]));

test("a campaign from its making to its stories, by tokens and HTTP", async () => {
  const alerts = await startReceiver();
  const everyDay = Object.fromEntries(
    ["1", "2", "3", "4", "5", "6", "7"].map((day) => [day, ["00:00", "24:00"]]),
  );
  const secret = join(hospital.folder, "webhook-secret");
  writeFileSync(secret, "a-secret-of-this-test\n");
  hearback = spawnHearback(["serve"], {
    ...hospital.env,
    HEARBACK_ALERT_WEBHOOK_URL: alerts.url,
    HEARBACK_ALERT_WEBHOOK_SECRET_FILE: secret,
    HEARBACK_LOG_FILE: join(hospital.folder, "hearback.log"),
    HEARBACK_MAX_CALLS: "1",
  });
  const { said } = hearback;
  await expect.poll(said, { timeout: 20_000, interval: 100 }).toContain("Hearback is up");
  const [, base] = /up at (\S+?)\/?\.\n/.exec(said()) ?? [];
  const { token } = await newToken(hospital.database.pool);
  const ask = async (path: string, options: RequestInit = {}): Promise<Response> =>
    fetch(`${base}${path}`, {
      ...options,
      headers: { authorization: `Bearer ${token}`, ...(options.headers as Record<string, string>) },
    });
  const post = (path: string, body: string | null = null, type = "application/json") =>
    ask(`/api/v1${path}`, {
      method: "POST",
      ...(body === null ? {} : { body, headers: { "content-type": type } }),
    });
  const json = async (path: string): Promise<Json> => (await ask(`/api/v1${path}`)).json();

  expect(await (await fetch(`${base}/readyz`)).json()).toMatchObject({
    ready: true,
    checks: { clock: "ok" },
  });
  const settings = {
    ...{ callerNumber: "01632 960000", spokenName: "trust-your-hospital", callsPerSecond: 10 },
    callingHours: { days: everyDay, holidays: null },
  };
  const made = await post("/campaigns", JSON.stringify({ name: "by-api", rehearsal: true, settings }));
  expect(made.status).toBe(201);
  const list = ["visit_ref,phone", "V1,07700 900001", "V2,07700 900008", "V3,07700 900102"].join("\n");
  expect((await post("/campaigns/by-api/imports", list, "text/csv")).status).toBe(200);
  const { items: visits } = await json("/campaigns/by-api/visits");
  await post(`/visits/${visits[2].id}/hold`);
  expect((await post("/campaigns/by-api/start")).status).toBe(200);

  // One after the other, as HEARBACK_MAX_CALLS says; who is held is not called.
  const standing = () => json("/campaigns/by-api");
  const pending = async () => (await standing()).dispositions.pending;
  await expect.poll(pending, { timeout: 120_000, interval: 500 }).toBeUndefined();
  expect((await standing()).dispositions).toEqual({ completed: 1, declined: 1, held: 1 });
  const { rows } = await hospital.database.pool.query(
    "select count(*)::int as beside from attempt a join attempt b on a.id <> b.id and a.dialed_at between b.dialed_at and b.ended_at",
  );
  expect(rows).toEqual([{ beside: 0 }]);
  const result = async (): Promise<Json> =>
    (await json("/results?campaign=by-api&disposition=completed")).items.find((row: Json) => row.storyId);
  await expect.poll(result, { timeout: 20_000, interval: 250 }).toBeTruthy();
  const { recordingPath, storySeconds } = await result();
  const audio = await ask(recordingPath);
  expect(readWav(Buffer.from(await audio.arrayBuffer())).samples.length / 8_000).toBeCloseTo(storySeconds, 0);
  expect((await ask(recordingPath, { headers: { range: "bytes=0-43" } })).status).toBe(206);

  const seen = samples(await (await fetch(`${base}/metrics`)).text());
  expect(seen.get("hearback_attempts_started_total")).toBe("2");
  expect(seen.get('hearback_attempts_ended_total{disposition="completed"}')).toBe("1");
  expect(seen.get("hearback_first_audio_seconds_count")).toBe("2");
  console.log(
    `first sound within 2 s: ${seen.get('hearback_first_audio_seconds_bucket{le="2"}')} of 2 calls`,
  );
  expect(seen.get('hearback_first_audio_seconds_bucket{le="+Inf"}')).toBe("2");
  expect(seen.get("hearback_silent_calls_total")).toBe("0");
  expect(Number(seen.get("hearback_key_to_prompt_seconds_count"))).toBeGreaterThanOrEqual(4);
  expect(Number(seen.get("hearback_story_kept_seconds_count"))).toBeGreaterThanOrEqual(1);
  expect(
    [...seen.keys()].filter((name) => /^hearback_(asterisk_ready|ami_connected)\{/.test(name)),
  ).toHaveLength(2);
  const [node] = (await json("/nodes")).items;
  expect(node).toMatchObject({ ari: "ready", ami: "connected", entityId: expect.any(String) });

  // Asterisk goes: /readyz says so at once, people are told after a minute (alerts-delivery and watch tests), and the
  // API goes on.
  await hospital.network.ivr.stop();
  const ready = async () => (await fetch(`${base}/readyz`)).status;
  await expect.poll(ready, { timeout: 10_000, interval: 100 }).toBe(503);
  expect((await json("/health")).checks).toMatchObject({ asterisk: "lost", database: "ok" });
  hearback.process.kill("SIGTERM");
  expect(await hearback.exited).toBe(0);
  await alerts.close();
}, 240_000);
