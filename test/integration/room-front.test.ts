import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createFront, type Front, type FrontParts } from "#front.ts";
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
  front = frontWith({});
  address = await front.listen();
});

function frontWith(different: Partial<FrontParts["settings"]>): Front {
  const nothing = async () => {
    throw new AppError("story_missing", "none");
  };
  return createFront({
    settings: {
      ...{ databaseUrl: database.url, dataKey: Buffer.alloc(32, 7), apiRequestsPerMinute: 600, publicUrl },
      ...{
        listen: { host: "127.0.0.1", port: 0 },
        trustedProxies: "loopback",
        ...{ tlsCertificate: null, tlsKey: null },
        ...{ backupDays: 30, staffNumbers: [] },
      },
      ...{ oidcIssuer: null, oidcClientId: null, oidcClientSecret: null, ...different },
    },
    storeOn: () => ({
      put: nothing,
      read: nothing,
      size: nothing,
      readRange: nothing,
      remove: async () => {},
    }),
    voice: readVoice({ promptFolder: "prompts", flowFolder: "dialplans/flows" }),
    folders: () => new Map(),
    watching: { vitals: async () => goodVitals(), metrics: createMetrics() },
    ...{ clock: systemClock, logger: silentLogger, rehearsal: undefined },
  });
}
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

it("speaks TLS with a certificate of its own, and tells browsers to stay with it", async () => {
  const [cert, key] = ["loopback.pem", "loopback-key.pem"].map((name) =>
    readFileSync(`test/fixtures/tls/${name}`, "utf8"),
  );
  const own = frontWith({ publicUrl: "https://127.0.0.1:8443", tlsCertificate: cert!, tlsKey: key! });
  try {
    const { hostname, port, protocol } = new URL(await own.listen());
    expect(protocol).toBe("https:");
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ hostname, port, path: "/sign-in", ca: cert! }, resolve).on("error", reject);
    });
    answer.resume();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["strict-transport-security"]).toContain("max-age");
    await expect(fetch(`http://${hostname}:${port}/sign-in`)).rejects.toThrow();
  } finally {
    await own.close();
  }
});
