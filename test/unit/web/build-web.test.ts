import { afterEach, describe, expect, it, vi } from "vitest";
import { buildWeb } from "#web/build-web.ts";
import { goodNode, goodVitals } from "../../support/vitals.ts";

const vitals = async () => goodVitals();

afterEach(() => vi.useRealTimers());

describe("health", () => {
  it("says that it is alive, and whether it is ready", async () => {
    const web = buildWeb({ vitals });
    expect((await web.inject("/healthz")).json()).toEqual({ alive: true });
    const words = {
      database: "ok",
      clock: "ok",
      asterisk: "ok",
      disk: "ok",
      dialling: "ok",
      nodes: "ok",
      manager: "ok",
      lines: "ok",
    };
    expect((await web.inject("/readyz")).json()).toEqual({ ready: true, checks: words });
    expect((await web.inject("/")).statusCode).toBe(404);
  });

  const there = { kind: "there", work: null } as const;
  it.each([
    ["asterisk", "lost", { nodes: [{ ...goodNode, ari: "lost" as const }] }],
    ["database", "does not answer", { database: { kind: "away" as const } }],
    [
      "clock",
      "differs from the database's by -3.0 s, more than 2: nothing is dialled",
      { database: { ...there, clock: { differenceMs: -3_000, uncertainMs: 5 } } },
    ],
    ["disk", "too little room", { disk: { kind: "read" as const, freeBytes: 1, isLow: true } }],
    ["disk", "the story folder cannot be read", { disk: { kind: "unreadable" as const } }],
    ["dialling", "it is stopping", { notDialling: "it is stopping" }],
  ])("is not ready because of its %s: %s", async (check, told, different) => {
    const answer = await buildWeb({ vitals: async () => goodVitals(different) }).inject("/readyz");
    expect(answer.statusCode).toBe(503);
    expect(answer.json().ready).toBe(false);
    expect(answer.json().checks[check]).toBe(told);
  });

  it.each([
    ["nodes", "1 of 2 are ready", { nodes: [goodNode, { ...goodNode, name: "b", ari: "lost" as const }] }],
    ["manager", "not connected", { nodes: [{ ...goodNode, ami: "away" as const }] }],
    ["manager", "not set up", { nodes: [{ ...goodNode, ami: null }] }],
    ["lines", "all in use", { maxCalls: 3, callsUnderWay: 3 }],
    ["clock", "ok", { database: { ...there, clock: { differenceMs: 2_400, uncertainMs: 500 } } }],
  ])("is ready with its %s: %s", async (check, told, different) => {
    const answer = await buildWeb({ vitals: async () => goodVitals(different) }).inject("/readyz");
    expect(answer.statusCode).toBe(200);
    expect(answer.json().checks[check]).toBe(told);
  });

  it("is not ready where the look itself fails", async () => {
    const broken = buildWeb({ vitals: () => Promise.reject(new Error("postgres://secret")) });
    const failed = await broken.inject("/readyz");
    expect(failed.statusCode).toBe(503);
    expect(failed.body).not.toContain("secret");
  });

  it("is not ready where no answer comes within five seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const asked = Promise.withResolvers<void>();
    const vitals = () => {
      asked.resolve();
      return new Promise<never>(() => {});
    };
    const answer = buildWeb({ vitals })
      .inject("/readyz")
      .then((got) => got.statusCode);
    await asked.promise;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await answer).toBe(503);
  });

  it.each(["/healthz", "/nowhere"])(
    "sends security headers with %s, and no word of who serves",
    async (url) => {
      const { headers } = await buildWeb({ vitals }).inject(url);
      expect(headers["content-security-policy"]).toContain("default-src 'self'");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["cache-control"]).toBe("no-store");
      expect(headers).not.toHaveProperty("server");
      expect(headers).not.toHaveProperty("x-powered-by");
    },
  );
});
