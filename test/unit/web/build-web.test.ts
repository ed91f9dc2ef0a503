import { afterEach, describe, expect, it, vi } from "vitest";
import { encodeALaw } from "#lib/audio/g711.ts";
import { readWav } from "#lib/audio/wav.ts";
import { buildWeb } from "#web/build-web.ts";
import type { ResultRow } from "#web/results-page.ts";
import { goodNode, goodVitals } from "../../support/vitals.ts";

const key = "a-key-of-this-test";
const storyId = "0190a000-0000-7000-8000-000000000001";
const host = "127.0.0.1:8080";
const spoken = Int16Array.from({ length: 800 }, (_, i) => 5000 * Math.sin(i / 4));

const row: ResultRow = {
  visit_id: "0190a000-0000-7000-8000-00000000000a",
  visit_ref: "RX-1<2",
  disposition: "opted_out",
  attempts: 1,
  rating: 2,
  rating_label: "Good",
  story_id: storyId,
  story_seconds: 12.3,
  transcript: `<script>alert("x")</script> & 'so on'`,
  transcript_state: "done",
  transcript_engine: "pocketsphinx en-us (rough)",
  callback_due: null,
  updated_at: new Date("2026-11-21T09:30:00Z"),
};

/** A-law WAV as the story store keeps it: 12 + 26 + 8 bytes of header. */
function aLawWav(): Buffer {
  const codes = encodeALaw(spoken);
  const header = Buffer.alloc(46);
  header.write("RIFF", 0);
  header.writeUInt32LE(38 + codes.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(18, 16);
  header.writeUInt16LE(6, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 38);
  header.writeUInt32LE(codes.length, 42);
  return Buffer.concat([header, codes]);
}

const vitals = async () => goodVitals();

const rehearsal = (rows: ResultRow[] = [row]) =>
  buildWeb({
    vitals,
    rehearsalPages: {
      key,
      results: async () => rows,
      audio: async (id) => (id === storyId ? aLawWav() : null),
    },
  });

async function cookieOf(web: ReturnType<typeof rehearsal>): Promise<string> {
  const answer = await web.inject({ url: `/?key=${key}`, headers: { host } });
  return String(answer.headers["set-cookie"]).split(";")[0]!;
}

async function get(url: string, headers: Record<string, string> = {}, rows?: ResultRow[]) {
  const web = rehearsal(rows);
  return web.inject({ url, headers: { host, cookie: await cookieOf(web), ...headers } });
}

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

describe("who may see a rehearsal", () => {
  it.each([
    "/",
    "/rows",
    "/results.json",
    "/page.js",
    `/stories/${storyId}.wav`,
    "/nowhere",
    "/?key=wrong",
    "/?key=",
  ])("nobody without the key: %s", async (url) => {
    const answer = await rehearsal().inject({ url, headers: { host } });
    expect(answer.statusCode).toBe(403);
    expect(answer.body).not.toContain("RX-1");
  });

  it("whoever has the key, from then on by a cookie that no script reads", async () => {
    const answer = await rehearsal().inject({ url: `/?key=${key}`, headers: { host } });
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe("/");
    expect(answer.headers["set-cookie"]).toMatch(
      /^hearback-[0-9a-f]{8}=.*; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it("never leads to another site", async () => {
    const answer = await rehearsal().inject({ url: `//elsewhere.example/?key=${key}`, headers: { host } });
    expect(answer.headers.location ?? "").not.toMatch(/^\/\//);
  });

  it.each(["hearback.example", "127.0.0.1.example:8080", "10.0.0.1:8080"])(
    "nobody by another name of this machine: %s",
    async (other) => {
      expect((await get("/", { host: other })).statusCode).toBe(403);
    },
  );

  it.each(["localhost:8080", "127.0.0.1", "[::1]:8080"])("by %s", async (loopback) => {
    expect((await get("/", { host: loopback })).statusCode).toBe(200);
  });
});

describe("the results page", () => {
  it("shows a visit, its words escaped and marked as rough", async () => {
    const { body } = await get("/");
    expect(body).toContain("RX-1&lt;2");
    expect(body).toContain("opted out");
    expect(body).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;so on&#39;");
    expect(body).not.toContain("<script>alert");
    expect(body).toContain("rough: rehearsal only");
    expect(body).toContain(`src="/stories/${storyId}.wav"`);
  });

  it("takes nothing from elsewhere, and no style or script inside the page", async () => {
    const { body } = await get("/");
    expect(body).not.toMatch(/(?:src|href)="(?!\/)/);
    expect(body).not.toMatch(/<style|style=|<script>|onclick=/);
  });

  it("says so where there is nothing yet", async () => {
    const { body } = await get("/", {}, []);
    expect(body).toContain("No visits yet.");
    expect(body).not.toContain("<table");
  });

  it("marks a row anew only when it changed", async () => {
    const mark = async (of: ResultRow) => /data-mark="(\w+)"/.exec((await get("/rows", {}, [of])).body)?.[1];
    expect(await mark(row)).toBe(await mark({ ...row }));
    expect(await mark(row)).not.toBe(await mark({ ...row, transcript: "other words" }));
  });

  it("gives the same as JSON", async () => {
    expect((await get("/results.json")).json()).toMatchObject([{ visit_ref: "RX-1<2", rating: 2 }]);
  });
});

describe("a story's sound", () => {
  it("comes as PCM that every browser plays", async () => {
    const answer = await get(`/stories/${storyId}.wav`);
    expect(answer.headers["content-type"]).toBe("audio/wav");
    const { sampleRate, samples } = readWav(answer.rawPayload);
    expect(sampleRate).toBe(8000);
    expect(samples.length).toBe(spoken.length);
    expect(Math.max(...samples.map((sample, i) => Math.abs(sample - spoken[i]!)))).toBeLessThan(200);
  });

  const whole = 44 + 2 * 800;
  it.each([
    ["bytes=0-99", 206, `bytes 0-99/${whole}`, 100],
    ["bytes=1600-", 206, `bytes 1600-${whole - 1}/${whole}`, whole - 1600],
    ["bytes=-10", 206, `bytes ${whole - 10}-${whole - 1}/${whole}`, 10],
    ["bytes=0-999999", 206, `bytes 0-${whole - 1}/${whole}`, whole],
    ["bytes=999999-", 416, `bytes */${whole}`, 0],
    ["bytes=5-2", 200, undefined, whole],
    ["lines=1-2", 200, undefined, whole],
  ])("in ranges: %s", async (range, status, contentRange, length) => {
    const answer = await get(`/stories/${storyId}.wav`, { range });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-range"]).toBe(contentRange);
    expect(answer.rawPayload.length).toBe(length);
  });

  it.each([
    "/stories/0190a000-0000-7000-8000-000000000002.wav",
    "/stories/..%2f..%2fetc%2fpasswd",
    "/stories/x.wav",
  ])("is not found at %s", async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  });
});
