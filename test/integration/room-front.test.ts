import { afterAll, beforeAll, expect, it } from "vitest";
import { createFront, type Front } from "#front.ts";
import { systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { silentLogger } from "#lib/logger.ts";
import { openDatabase } from "#open-database.ts";
import { readVoice } from "#storage/flow-files.ts";
import { createMetrics } from "#web/metrics.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { pageWalk } from "../support/page-walk.ts";
import { appCode, goodPassword } from "../support/people-who-sign-in.ts";
import { goodVitals } from "../support/vitals.ts";
import { hearback } from "../unit/cli/run-command.ts";

const publicUrl = "http://127.0.0.1:8080";
let database: TestDatabase;
let front: Front;
let address: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const nothing = async () => {
    throw new AppError("story_missing", "none");
  };
  front = createFront({
    settings: {
      ...{ databaseUrl: database.url, dataKey: Buffer.alloc(32, 7), apiRequestsPerMinute: 600, publicUrl },
      ...{
        listen: { host: "127.0.0.1", port: 0 },
        trustedProxies: "loopback",
        ...{ tlsCertificate: null, tlsKey: null },
        backupDays: 30,
      },
      ...{ oidcIssuer: null, oidcClientId: null, oidcClientSecret: null },
    },
    storeOn: () => ({
      put: nothing,
      read: nothing,
      size: nothing,
      readRange: nothing,
      remove: async () => {},
    }),
    voice: readVoice({ promptFolder: "prompts", flowFolder: "dialplans/flows" }),
    watching: { vitals: async () => goodVitals(), metrics: createMetrics() },
    ...{ clock: systemClock, logger: silentLogger, rehearsal: undefined },
  });
  address = await front.listen();
});
afterAll(async () => {
  await front.close();
  await database.drop();
});

const fromBase32 = (text: string): Buffer => {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
};

it("the first account comes from the command to the pages, as the role that owns nothing", async () => {
  const env = { HEARBACK_DATABASE_URL: database.url, HEARBACK_PUBLIC_URL: publicUrl };
  const { stdout } = await hearback(
    ["user", "add", "first@trust.example", "--name", "First User", "--role", "governance", "--trust", "RXX"],
    { env, services: { openDatabase } },
  );
  expect(stdout.startsWith(`${publicUrl}/invitation/`)).toBe(true);
  const walk = pageWalk(address, { "x-forwarded-for": "192.0.2.7" });
  await walk.get(stdout.trim().slice(publicUrl.length));
  await walk.send(null, { password: goodPassword, again: goodPassword });
  const [, key] = /<code class="room-key">([A-Z2-7 ]+)<\/code>/.exec(walk.text)!;
  const app = fromBase32(key!.replaceAll(" ", ""));
  expect(await walk.send("/sign-in/app", { code: appCode(app, systemClock.now()) })).toContain(
    "Keep your recovery codes",
  );
  await walk.get("/account");
  // As the proxy on this machine says, not the proxy's own.
  expect(walk.text).toContain("192.0.2.7");
  expect(await walk.get("/governance/users")).toContain("First User");
  expect(await walk.send("/sign-out", {})).toContain("You are signed out");

  await walk.send("/sign-in", { email: "first@trust.example", password: goodPassword });
  const later = new Date(systemClock.now().getTime() + 30_000);
  await walk.send("/sign-in/code", { code: appCode(app, later) });
  expect(await walk.get("/account")).toContain("Your account");
});

it("API and pages stand side by side", async () => {
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  expect((await fetch(`${address}/api/v1/campaigns`)).status).toBe(401);
  const page = await fetch(`${address}/no-such-page`);
  expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
});
