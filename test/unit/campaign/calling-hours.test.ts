import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import {
  alwaysOpen,
  type CallingHours,
  defaultCallingHours,
  hoursFaults,
  isPermitted,
  nextSpan,
  permittedSpans,
  type Weekday,
} from "#campaign/calling-hours.ts";

const minutes = 60_000;
const iso = (spans: { from: Date; to: Date }[]) =>
  spans.map((span) => [span.from.toISOString(), span.to.toISOString()]);

/** The rule said a second time, from the clock on the wall: an instant is open when London's clock says so. */
function openOnTheWall(hours: CallingHours, at: Date): boolean {
  const wall = DateTime.fromJSDate(at, { zone: hours.timeZone });
  const open = hours.days[wall.weekday as Weekday];
  const time = wall.toFormat("HH:mm");
  return !!open && !hours.closedOn.includes(wall.toISODate() ?? "") && open[0] <= time && time < open[1];
}

describe("permittedSpans", () => {
  it("agrees with the clock on the wall, every hour of ten years", () => {
    const closedOn = ["2026-12-25", "2027-03-29", "2028-02-29"];
    const hours = { ...defaultCallingHours, closedOn, holidays: null };
    const start = new Date("2026-01-01T00:00:00Z");
    const spans = permittedSpans(hours, start, 3660);
    let place = 0;
    for (let ms = start.getTime(); ms < Date.UTC(2036, 0, 1); ms += 60 * minutes) {
      const at = new Date(ms);
      while (spans[place] && spans[place]!.to <= at) place += 1;
      if (isPermitted(spans.slice(place, place + 1), at) !== openOnTheWall(hours, at)) {
        expect.fail(`${at.toISOString()} differs`);
      }
    }
  }, 60_000);

  it.each([
    [
      "the Friday before summer time",
      "2026-03-27T12:00:00Z",
      "2026-03-27T09:00:00.000Z",
      "2026-03-27T20:00:00.000Z",
    ],
    [
      "the Monday after 29 March",
      "2026-03-30T12:00:00Z",
      "2026-03-30T08:00:00.000Z",
      "2026-03-30T19:00:00.000Z",
    ],
    [
      "the Saturday before 25 October",
      "2026-10-24T12:00:00Z",
      "2026-10-24T09:00:00.000Z",
      "2026-10-24T16:00:00.000Z",
    ],
    [
      "the Monday after 25 October",
      "2026-10-26T12:00:00Z",
      "2026-10-26T09:00:00.000Z",
      "2026-10-26T20:00:00.000Z",
    ],
  ])("%s", (_, now, from, to) => {
    expect(iso(permittedSpans(defaultCallingHours, new Date(now), 1))).toEqual([[from, to]]);
  });

  it.each([
    [
      "skipped opening",
      "2026-03-29",
      "01:30",
      "03:00",
      "2026-03-29T01:30:00.000Z",
      "2026-03-29T02:00:00.000Z",
    ],
    [
      "skipped closing",
      "2026-03-29",
      "00:00",
      "01:30",
      "2026-03-29T00:00:00.000Z",
      "2026-03-29T00:30:00.000Z",
    ],
    [
      "doubled opening",
      "2026-10-25",
      "01:30",
      "03:00",
      "2026-10-25T01:30:00.000Z",
      "2026-10-25T03:00:00.000Z",
    ],
    [
      "doubled closing",
      "2026-10-25",
      "00:00",
      "01:30",
      "2026-10-24T23:00:00.000Z",
      "2026-10-25T00:30:00.000Z",
    ],
  ])("makes a %s the shorter span", (_, day, opens, closes, from, to) => {
    const days = { 7: [opens, closes] } satisfies CallingHours["days"];
    const hours: CallingHours = { timeZone: "Europe/London", days, closedOn: [], holidays: null };
    expect(iso(permittedSpans(hours, new Date(`${day}T12:00:00Z`), 1))).toEqual([[from, to]]);
  });

  it("counts days from the local one: at 00:30 in summer it is still the day before in UTC", () => {
    const spans = permittedSpans(defaultCallingHours, new Date("2026-07-05T23:30:00Z"), 1); // Monday 00:30 in London
    expect(iso(spans)).toEqual([["2026-07-06T08:00:00.000Z", "2026-07-06T19:00:00.000Z"]]);
  });

  it("is one unbroken span where it is always open, over both changes", () => {
    for (const zone of ["UTC", "Europe/London", "Pacific/Auckland", "Asia/Kathmandu"]) {
      const spans = permittedSpans({ ...alwaysOpen, timeZone: zone }, new Date("2026-03-01T12:00:00Z"), 300);
      expect(spans).toHaveLength(1);
      expect(isPermitted(spans, new Date("2026-03-29T01:00:00Z"))).toBe(true);
    }
  });

  it("never lets a span begin after its end, in any zone", () => {
    for (const timeZone of [
      "America/St_Johns",
      "Africa/Cairo",
      "Australia/Lord_Howe",
      "Pacific/Kiritimati",
      "Etc/GMT+12",
    ]) {
      const spans = permittedSpans(
        { ...defaultCallingHours, timeZone },
        new Date("2026-01-01T00:00:00Z"),
        800,
      );
      for (const [place, span] of spans.entries()) {
        expect(span.from < span.to && (place === 0 || spans[place - 1]!.to < span.from)).toBe(true);
        expect(DateTime.fromJSDate(span.from, { zone: timeZone }).minute).toBe(0);
      }
    }
  });
});

it("has spans whose end is not included", () => {
  const spans = permittedSpans(defaultCallingHours, new Date("2026-11-23T12:00:00Z"), 1);
  const at = (time: string) => isPermitted(spans, new Date(`2026-11-23T${time}Z`));
  expect([at("08:59:59.999"), at("09:00:00"), at("19:59:59.999"), at("20:00:00")]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

it("says what is wrong with hours", () => {
  expect(hoursFaults(defaultCallingHours)).toEqual([]);
  expect(hoursFaults(alwaysOpen)).toEqual([]);
  const wrong = {
    timeZone: "London",
    days: { 1: ["9:00", "20:00"], 2: ["20:00", "09:00"], 3: ["09:00", "24:01"], 8: ["09:00", "10:00"] },
    closedOn: ["25/12/2026", "2026-02-30"],
  } as unknown as CallingHours;
  const faults = hoursFaults(wrong);
  for (const [place, word] of [
    "IANA",
    "day 1",
    "day 2: 20:00 is not before",
    "day 3",
    "weekday",
    "25/12/2026",
    "2026-02-30",
  ].entries()) {
    expect(faults[place]).toContain(word);
  }
  expect(hoursFaults({ timeZone: "UTC", days: {}, closedOn: [], holidays: null })[0]).toContain("no day");
});

describe("nextSpan", () => {
  const mostlyClosed = { ...defaultCallingHours, days: { 1: ["09:00", "12:00"] } } satisfies CallingHours;
  it.each([
    ["usual hours", defaultCallingHours],
    ["no end", alwaysOpen],
    ["one morning a week", mostlyClosed],
  ])("is the first of three weeks' spans that is not over: %s", (_name, hours) => {
    const start = Date.UTC(2026, 11, 14);
    for (let ms = start; ms < start + 21 * 24 * 60 * minutes; ms += 331 * minutes) {
      const now = new Date(ms);
      const next = permittedSpans(hours, now, 21).find(({ to }) => to > now)!;
      expect(nextSpan(hours, now)).toEqual(next);
    }
  });

  it("is none where nothing opens for three weeks", () => {
    const now = new Date("2026-11-23T12:30:00Z");
    const closedOn = ["2026-11-30", "2026-12-07"];
    expect(nextSpan({ ...mostlyClosed, closedOn }, now)).toBeNull();
  });
});
