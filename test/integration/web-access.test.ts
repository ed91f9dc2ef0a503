import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scope, scopes } from "#access/scopes.ts";
import { makeToken } from "#access/token.ts";
import { createTokenBook } from "#postgres/api-tokens.ts";
import { type Json, newToken, type TestApi, testApi } from "../support/api.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { goodVitals } from "../support/vitals.ts";

let db: TestDatabase;
let api: TestApi;
let operations: { method: "GET" | "POST"; url: string; scope: Scope }[];

const uuid = "0190a000-0000-7000-8000-000000000001";

/** Every operation of the API's own description, and /metrics, which is not in it. */
async function operationsOf(web: FastifyInstance): Promise<typeof operations> {
  const { paths } = (await web.inject("/api/v1/openapi.json")).json();
  const described = Object.entries<Record<string, Json>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase() as "GET" | "POST",
      url: path.replace("{campaign}", "none").replace(/\{\w+Id\}/, uuid),
      scope: security[0].token[0] as Scope,
    })),
  );
  return [...described, { method: "GET", url: "/metrics", scope: "read:metrics" }];
}

beforeAll(async () => {
  db = await createTestDatabase();
  api = await testApi(db.pool);
  operations = await operationsOf(api.web);
});
afterAll(() => db.drop());

const each = async (look: (operation: (typeof operations)[0]) => Promise<void>) => {
  for (const operation of operations) await look(operation);
};
const told = ({ method, url }: { method: string; url: string }) => `${method} ${url}`;

describe("every route", () => {
  it("is described, and each scope is good for something", () => {
    expect(operations.length).toBeGreaterThanOrEqual(20);
    expect(new Set(operations.map(({ scope }) => scope))).toEqual(new Set(scopes));
  });

  it("is every route that there is", () => {
    const served = api.web
      .printRoutes({ commonPrefix: false, includeMeta: false })
      .split("\n")
      .flatMap((line) => line.match(/\b(?:GET|POST|PUT|PATCH|DELETE|OPTIONS)\b/g) ?? []);
    // Open to all, and without anything of patients: these, and no other.
    const open = ["/healthz", "/readyz", "/docs", "/docs.css", "/api/v1/openapi.json"];
    expect(served.length).toBe(operations.length + open.length);
  });

  it("asks for a token", () =>
    each(async (operation) => {
      const answer = await api.ask(operation);
      expect(answer.status, told(operation)).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="hearback"');
      expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
      expect(answer.json).toMatchObject({ type: "/docs#token-missing", status: 401 });
      if (operation.method === "GET")
        expect((await api.ask({ ...operation, method: "HEAD" })).status, told(operation)).toBe(401);
    }));

  it("refuses wrong, expired and revoked tokens alike, and does not say which", async () => {
    const expired = await newToken(db.pool, scopes, new Date(Date.now() - 1));
    const revoked = await newToken(db.pool);
    await createTokenBook(db.pool).revoke(revoked.name);
    const good = (await newToken(db.pool)).token;
    const forged = `${good.slice(0, 16)}${makeToken().token.slice(16)}`;
    const bad = ["nonsense", makeToken().token, forged, expired.token, revoked.token];
    for (const token of bad) {
      // One API each: guessing is held back, which is tested below.
      const fresh = await testApi(db.pool);
      const answers = await Promise.all(operations.map((operation) => fresh.ask({ ...operation, token })));
      expect(new Set(answers.map(({ status }) => status)), token).toEqual(new Set([401]));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers[0]!.json.type).toBe("/docs#token-refused");
      expect(answers[0]!.headers["www-authenticate"]).toBe('Bearer realm="hearback", error="invalid_token"');
      expect(fresh.logged.join("\n")).not.toContain(token);
    }
  });

  it("lets in the one scope it names, and no other", async () => {
    const tokens = new Map<Scope, string>();
    for (const scope of scopes) tokens.set(scope, (await newToken(db.pool, [scope])).token);
    for (const scope of scopes) {
      await each(async (operation) => {
        const { status, json, headers } = await api.ask({ ...operation, token: tokens.get(scope)! });
        if (scope === operation.scope) {
          expect([401, 403], `${told(operation)} with ${scope}`).not.toContain(status);
        } else {
          expect(status, `${told(operation)} with ${scope}`).toBe(403);
          expect(json.type).toBe("/docs#scope-missing");
          expect(headers["www-authenticate"]).toContain(`scope="${operation.scope}"`);
        }
      });
    }
  });

  it("stores nothing in caches, and says that answers differ by token", () =>
    each(async (operation) => {
      const { headers } = await api.ask({ ...operation, token: (await newToken(db.pool)).token });
      expect(headers["cache-control"], told(operation)).toBe("no-store");
      expect(headers.vary).toBe("authorization");
    }));

  it("is logged with the token's name and the route, never with the token", async () => {
    const { name, token } = await newToken(db.pool);
    await api.ask({ method: "GET", url: `/api/v1/results/${uuid}`, token });
    const line = api.logged.find((one) => one.includes(name));
    expect(JSON.parse(line!)).toMatchObject({ route: "/api/v1/results/:visitId", status: 404, token: name });
    expect(api.logged.join("\n")).not.toContain(token);
  });
});

describe("a token's use", () => {
  it("is noted once a minute", async () => {
    const { name, token } = await newToken(db.pool, ["read:health"]);
    const used = async () =>
      (await db.pool.query("select last_used_at as at from housekeeping.api_token where name = $1", [name]))
        .rows[0].at;
    expect(await used()).toBeNull();
    await api.ask({ method: "GET", url: "/api/v1/nodes", token });
    await expect.poll(used).not.toBeNull();
    const first = await used();
    await api.ask({ method: "GET", url: "/api/v1/nodes", token });
    expect(await used()).toEqual(first);
  });

  it("ends the moment it is revoked", async () => {
    const { name, token } = await newToken(db.pool, ["read:health"]);
    const status = async () => (await api.ask({ method: "GET", url: "/api/v1/nodes", token })).status;
    expect(await status()).toBe(200);
    await createTokenBook(db.pool).revoke(name);
    expect(await status()).toBe(401);
  });
});

describe("pace", () => {
  it("is each token's own, and told with how long to wait", async () => {
    const slow = await testApi(db.pool, { requestsPerMinute: 3 });
    const [one, other] = [await newToken(db.pool), await newToken(db.pool)];
    const ask = (token: string) => slow.ask({ method: "GET", url: "/api/v1/nodes", token });
    for (let i = 0; i < 3; i++) expect((await ask(one.token)).status).toBe(200);
    const refused = await ask(one.token);
    expect(refused.status).toBe(429);
    expect(refused.json.type).toBe("/docs#too-many-requests");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await ask(other.token)).status).toBe(200);
  });

  it("is slow for whoever guesses, and keeps out nobody who is known", async () => {
    const guessed = await testApi(db.pool);
    const { token } = await newToken(db.pool);
    const ask = (with_: string) => guessed.ask({ method: "GET", url: "/api/v1/nodes", token: with_ });
    expect((await ask(token)).status).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 40; i++) statuses.push((await ask(makeToken().token)).status);
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(401));
    expect(statuses.slice(31)).toEqual(Array(9).fill(429));
    expect((await ask(token)).status).toBe(200);
    expect((await ask((await newToken(db.pool)).token)).status).toBe(429);
  });
});

describe("/metrics", () => {
  it("needs no token where the server listens on loopback only", async () => {
    const here = await testApi(db.pool, { host: "127.0.0.1" });
    const answer = await here.ask({ method: "GET", url: "/metrics" });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("hearback_ready 1");
    expect((await here.ask({ method: "GET", url: "/api/v1/nodes" })).status).toBe(401);
  });
});

describe("while the database is away", () => {
  it("nobody is let in, and nobody is told where it is", async () => {
    const empty = await createTestDatabase();
    const away = await testApi(db.pool, { pool: empty.pool, vitals: async () => goodVitals() });
    await empty.drop();
    const { status, json, text } = await away.ask({
      ...{ method: "GET", url: "/api/v1/nodes", token: (await newToken(db.pool)).token },
    });
    expect([500, 503]).toContain(status);
    expect(json.type).toMatch(/^\/docs#(fault|unavailable)$/);
    expect(text).not.toMatch(/postgres|127\.0\.0\.1|at .*\.ts/);
  });
});
