import { expect, it } from "vitest";
import { callingSpans, defaultCallingHours, permittedSpans } from "#campaign/calling-hours.ts";
import { isHoliday, type Nation } from "#campaign/holidays.ts";

/** As gov.uk/bank-holidays lists them; what falls on a Sunday, or is made up for on another day, is closed beside. */
const england = {
  2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
  2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
  2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
};
const lists: Record<Nation, Record<number, string>> = {
  england,
  wales: england,
  scotland: {
    2026: "01-01 01-02 04-03 05-04 05-25 08-03 11-30 12-25 12-28",
    2027: "01-01 01-04 03-26 05-03 05-31 08-02 11-30 12-27 12-28",
    2028: "01-03 01-04 04-14 05-01 05-29 08-07 11-30 12-25 12-26",
  },
  "northern-ireland": {
    2026: "01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28",
    2027: "01-01 03-17 03-26 03-29 05-03 05-31 07-12 08-30 12-27 12-28",
    2028: "01-03 03-17 04-14 04-17 05-01 05-29 07-12 08-28 12-25 12-26",
  },
};

const years = Object.entries(lists).flatMap(([nation, of]) =>
  Object.entries(of).map(([year, days]) => ({ nation: nation as Nation, year: Number(year), days })),
);

it.each(years)(
  "$nation is closed on its holidays of $year and open on all other weekdays",
  ({ nation, year, days }) => {
    const hours = { ...defaultCallingHours, holidays: nation };
    const open = new Set(
      callingSpans(hours, new Date(Date.UTC(year, 0, 1, 12)), 365).map(({ from }) =>
        from.toISOString().slice(5, 10),
      ),
    );
    const closed: string[] = [];
    for (let at = Date.UTC(year, 0, 1); new Date(at).getUTCFullYear() === year; at += 86_400_000) {
      const [weekday, date] = [new Date(at).getUTCDay(), new Date(at).toISOString().slice(5, 10)];
      if (weekday > 0 && weekday < 6 && !open.has(date)) closed.push(date);
    }
    expect(closed.join(" ")).toBe(days);
  },
);

it.each([
  ["2026-12-26", "england", true], // a Saturday, on which people are otherwise called
  ["2027-12-25", "wales", true],
  ["2026-01-02", "england", false],
  ["2026-11-30", "scotland", true],
  ["2026-11-30", "england", false],
  ["2026-03-17", "northern-ireland", true],
  ["2026-03-17", "scotland", false],
  ["2026-04-06", "scotland", false], // Easter Monday
  ["2026-07-13", "northern-ireland", true],
  ["2026-07-13", "wales", false],
] as const)("%s in %s: %s", (date, nation, holiday) => {
  expect(isHoliday(nation, date)).toBe(holiday);
});

it("keeps each span with its local day, of 23 and 25 hours where the clocks change", () => {
  const hours = {
    ...defaultCallingHours,
    days: { 7: ["00:00", "24:00"] as [string, string] },
    holidays: null,
  };
  const lengths = ["2026-03-29", "2026-10-25", "2026-11-22"].map((sunday) => {
    const [span] = callingSpans(hours, new Date(`${sunday}T12:00:00Z`), 1);
    return (span!.day.to.getTime() - span!.day.from.getTime()) / 3_600_000;
  });
  expect(lengths).toEqual([23, 25, 24]);
});

it("closes a day that is both a holiday and closed by name, and opens none for it", () => {
  const hours = { ...defaultCallingHours, closedOn: ["2026-12-28", "2026-12-29"] };
  const spans = permittedSpans(hours, new Date("2026-12-24T12:00:00Z"), 7);
  expect(spans.map(({ from }) => from.toISOString().slice(0, 10))).toEqual(["2026-12-24", "2026-12-30"]);
});
