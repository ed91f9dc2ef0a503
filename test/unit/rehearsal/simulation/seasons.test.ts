import { describe, expect, it } from "vitest";
import { BookOfRings, localTime, mayRingAt, type Ring } from "#rehearsal/simulation/book-of-rings.ts";
import { createMemoryOffice } from "#rehearsal/simulation/memory-office.ts";
import { runWorld } from "#rehearsal/simulation/world.ts";

/** Seeds that once broke a rule, and what it was; a new one goes here. */
const seeds: [seed: number, calls: number, why: string][] = [
  [1, 600, "a season like any other"],
  [31, 1_000, "the answer to a claim was lost, and the visit was never heard of again"],
  [5, 600, "a number was free while a dead process's call still sounded in it"],
];

describe("a season in pretend time", () => {
  it.each(seeds)("keeps every rule with seed %i and %i calls: %s", async (seed, calls) => {
    const end = await runWorld({ seed, calls, office: async (time) => createMemoryOffice(() => time.nowMs) });
    expect(end.broken).toEqual([]);
    expect(end.calls).toBeGreaterThanOrEqual(calls);
    for (const mishap of ["killed", "frozen", "clock stepped", "opted out", "paused", "all stopped"])
      expect(end.mishaps[mishap]).toBeGreaterThan(0);
  });

  it("is the same again with the same seed", async () => {
    const run = () =>
      runWorld({ seed: 9, calls: 100, office: async (time) => createMemoryOffice(() => time.nowMs) });
    expect(await run()).toEqual(await run());
  });
});

describe("the book of rings", () => {
  const visit = { campaignId: "c", maxAttempts: 2, budget: { surveys: 1, days: 30 }, byNumber: false };
  const monday = Date.parse("2026-11-23T10:00:00Z");
  const opened = () => {
    const book = new BookOfRings();
    book.knows("v", { ...visit, expiresAtMs: monday + 7 * 86_400_000 });
    return book;
  };
  let count = 0;
  const ring = (book: BookOfRings, different: Partial<Ring> = {}): Ring => {
    count += 1;
    const ids = { attemptId: `a${count}`, visitId: "v", campaignId: "c", phone: "p", person: "x" };
    const made: Ring = { ...ids, atMs: monday, reason: "first", rang: false, counts: false, ...different };
    book.goesOut(made);
    return made;
  };
  const rules = (book: BookOfRings) => book.broken.map(({ rule }) => rule);

  it("knows the hours, the clocks' changes and the holidays by itself", () => {
    expect(localTime(Date.parse("2026-03-29T08:30:00Z"))).toMatchObject({ date: "2026-03-29", minutes: 570 });
    expect(localTime(Date.parse("2026-10-25T08:30:00Z"))).toMatchObject({ weekday: "Sun", minutes: 510 });
    const times = {
      "2026-03-30T08:00:00Z": true,
      "2026-03-30T07:59:00Z": false,
      "2026-10-26T08:30:00Z": false,
      "2026-11-22T12:00:00Z": false,
      "2026-11-21T17:00:00Z": false,
      "2026-11-21T16:59:00Z": true,
      "2026-12-25T12:00:00Z": false,
      "2026-12-28T12:00:00Z": false,
    };
    for (const [at, may] of Object.entries(times)) expect([at, mayRingAt(Date.parse(at))]).toEqual([at, may]);
  });

  it("finds nothing wrong with a call as it should be", () => {
    const book = opened();
    ring(book);
    expect(book.broken).toEqual([]);
  });

  it("notices each broken rule", () => {
    const day = 86_400_000;
    const cases: [rule: string, play: (book: BookOfRings) => void][] = [
      ["only in calling hours", (book) => void ring(book, { atMs: monday + 12 * 3_600_000 })],
      [
        "never after the number opted out",
        (book) => {
          book.optedOut(monday - day, { phone: "p" });
          ring(book);
        },
      ],
      [
        "never after the person opted out",
        (book) => {
          book.optedOut(monday - day, { person: "x" });
          ring(book);
        },
      ],
      [
        "not while held or withdrawn",
        (book) => {
          book.stays("v", monday - day);
          ring(book);
        },
      ],
      [
        "not while the campaign is paused",
        (book) => {
          book.paused("c", monday - day);
          ring(book);
        },
      ],
      [
        "not while all is stopped",
        (book) => {
          book.stopped(monday - day);
          ring(book);
        },
      ],
      [
        "no sooner again than the rules say",
        (book) => {
          book.rests(ring(book), "busy");
          ring(book, { phone: "q", reason: "retry", atMs: monday + 29 * 60_000 });
        },
      ],
      ["not after its expiry", (book) => void ring(book, { atMs: monday + 8 * day })],
      [
        "one call at a time a number",
        (book) => {
          ring(book);
          ring(book);
        },
      ],
      [
        "one a number a day",
        (book) => {
          book.sounded(ring(book));
          ring(book);
        },
      ],
      [
        "the contact budget",
        (book) => {
          book.reached("w", { person: "x", atMs: monday - day, over: null });
          ring(book);
        },
      ],
      [
        "never again after: completed",
        (book) => {
          book.reached("v", { person: "x", atMs: monday - day, over: "completed" });
          ring(book);
        },
      ],
      [
        "no more attempts than allowed",
        (book) => {
          for (const days of [0, 1, 2]) {
            const made = ring(book, { atMs: monday + days * day });
            book.sounded(made);
            book.silent(made);
          }
        },
      ],
    ];
    for (const [rule, play] of cases) {
      const book = opened();
      play(book);
      expect(rules(book)).toContain(rule);
    }
  });
});
