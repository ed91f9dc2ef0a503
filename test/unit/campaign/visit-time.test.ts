import { expect, it } from "vitest";
import { readVisitTime } from "#campaign/visit-time.ts";

const context = { timeZone: "Europe/London", now: new Date("2026-11-21T12:00:00Z") };

it.each([
  ["2026-11-20T14:30:00Z", "2026-11-20T14:30:00.000Z"],
  ["2026-07-20T14:30", "2026-07-20T13:30:00.000Z"], // summer time
  ["2026-07-20 14:30:15", "2026-07-20T13:30:15.000Z"],
  ["2026-11-20T14:30+02:00", "2026-11-20T12:30:00.000Z"],
  ["2026-11-20", "2026-11-20T00:00:00.000Z"],
  ["20/11/2026 14:30", "2026-11-20T14:30:00.000Z"],
  ["1/7/2026 9:05", "2026-07-01T08:05:00.000Z"],
  ["03/04/2026", "2026-04-02T23:00:00.000Z"], // 3 April, not 4 March
])("%s", (text, at) => {
  expect(readVisitTime(text, context)).toEqual({ kind: "time", at: new Date(at) });
});

it.each([
  ["11/20/2026 14:30", "no date"],
  ["30/02/2026", "no date"],
  ["2026-13-01", "no date"],
  ["20/11/26", "no date"],
  ["46347.6", "no date"],
  ["yesterday", "no date"],
  ["2026-11-21T12:01Z", "future"],
  ["01/01/1900", "before the year 2000"],
])("refuses %s", (text, fault) => {
  expect(readVisitTime(text, context)).toMatchObject({
    kind: "refused",
    fault: expect.stringContaining(fault),
  });
});
