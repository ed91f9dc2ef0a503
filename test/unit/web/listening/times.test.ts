import { describe, expect, it } from "vitest";
import { marksOf } from "#web/room/listening/marks.ts";
import { timeTyped, typedTime } from "#web/room/listening/times.ts";
import { urgentClock } from "#web/room/urgent/urgent-pages.ts";

describe("times that people type", () => {
  it.each([
    ["0:12", 12_000],
    ["1:05.5", 65_500],
    ["65", 65_000],
    ["1:02:05", 3_725_000],
    [" 2.25 ", 2_250],
  ])("%j", (typed, ms) => expect(timeTyped(typed)).toBe(ms));

  it.each(["", "0:60", "1:2:3:4", "-5", "soon", "1:", "1e3"])("%j is none", (typed) =>
    expect(timeTyped(typed)).toBeNull(),
  );

  it("are written as they are typed", () => {
    for (const ms of [0, 500, 12_300, 65_000, 600_100]) expect(timeTyped(typedTime(ms))).toBe(ms);
    expect(typedTime(65_500)).toBe("1:05.5");
  });
});

describe("marks", () => {
  const at = (ms: number) => new Date(1_700_000_000_000 + ms);
  const parts = [
    { startMs: 0, durationMs: 10_000, begunAt: at(60_000) },
    { startMs: 10_000, durationMs: 5_000, begunAt: at(90_000) },
  ];
  const key = (digit: string, ms: number) => ({ digit, step: "story", pressedAt: at(ms) });

  it("stand where they were in the story, not in the call", () => {
    const keys = [key("1", 5_000), key("#", 70_500), key("5", 80_000), key("#", 92_000)];
    expect(marksOf(parts, keys).map(({ atMs, text }) => [atMs, text.slice(0, 5)])).toEqual([
      [0, "The q"],
      [10_000, "Asked"],
      [10_000, "Key #"],
      [12_000, "Key #"],
    ]);
  });
});

describe("the clock of an urgent story", () => {
  const now = new Date("2026-10-03T12:00:00Z");
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  it.each([
    [0, "waiting for 0 minutes, 4 hours left", false],
    [61, "waiting for 1 hour 1 minute, 2 hours 59 minutes left", false],
    [240, "waiting for 4 hours, 0 minutes left", false],
    [241, "waiting for 4 hours 1 minute, late by 1 minute", true],
    [60 * 24 * 3, "waiting for 3 days, late by 2 days", true],
  ])("after %i minutes", (minutes, words, late) => {
    expect(urgentClock(ago(minutes), now)).toEqual({ words, late: late });
  });
});
