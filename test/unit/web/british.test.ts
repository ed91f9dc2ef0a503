/** Moments and lengths as the pages tell them, to people in Britain, whatever the machine's own zone. */
import { describe, expect, it } from "vitest";
import {
  britishDate,
  britishMoment,
  britishTime,
  clockLength,
  isoMoment,
  shortDate,
  withSeconds,
} from "#web/room/british.ts";

describe("a moment", () => {
  it.each([
    ["2026-11-23T14:05:09Z", "23 November 2026", "23 Nov 2026", "2:05pm", "2:05:09pm"],
    ["2026-07-03T14:05:09Z", "3 July 2026", "3 Jul 2026", "3:05pm", "3:05:09pm"],
    ["2026-09-03T08:00:30Z", "3 September 2026", "3 Sept 2026", "9am", "9:00:30am"],
    ["2026-07-03T23:00:00Z", "4 July 2026", "4 Jul 2026", "midnight", "12:00:00am"],
    ["2026-12-31T12:00:59Z", "31 December 2026", "31 Dec 2026", "midday", "12:00:59pm"],
    ["2026-12-31T00:07:00Z", "31 December 2026", "31 Dec 2026", "12:07am", "12:07:00am"],
    // Twice half past one in the night in which the clocks go back.
    ["2026-10-25T00:30:00Z", "25 October 2026", "25 Oct 2026", "1:30am", "1:30:00am"],
    ["2026-10-25T01:30:00Z", "25 October 2026", "25 Oct 2026", "1:30am", "1:30:00am"],
  ])("%s is told as in London, given as a date or as text", (iso, date, short, time, seconds) => {
    for (const at of [new Date(iso), iso])
      expect([britishDate(at), shortDate(at), britishTime(at), withSeconds(at), britishMoment(at)]).toEqual([
        ...[date, short, time, seconds],
        `${date} at ${time}`,
      ]);
  });

  it("of text without a zone is UTC, and for machines it stays so", () => {
    expect(britishMoment("2026-07-03")).toBe("3 July 2026 at 1am");
    expect(isoMoment("2026-07-03T10:00:00+01:00")).toBe("2026-07-03T09:00:00.000Z");
    expect(isoMoment(new Date("2026-07-03T10:00:00.120Z"))).toBe("2026-07-03T10:00:00.120Z");
  });
});

it.each([
  [0, "0:00"],
  [4_499, "0:04"],
  [65_000, "1:05"],
  [3_599_400, "59:59"],
  [3_599_500, "60:00"],
  [3_725_000, "1:02:05"],
])("%d ms on a player are %s", (ms, text) => {
  expect(clockLength(ms)).toBe(text);
});
