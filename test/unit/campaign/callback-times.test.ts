import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import { callbackTimes } from "#campaign/callback-times.ts";
import { alwaysOpen, defaultCallingHours, isPermitted, permittedSpans } from "#campaign/calling-hours.ts";

const hours = { ...defaultCallingHours, closedOn: ["2026-12-25"] };
const policy = { tryAgainAfterMinutes: 15 };

function timesAt(local: string, count = 3) {
  const now = DateTime.fromISO(local, { zone: "Europe/London" }).toJSDate();
  const { sameDay, times } = callbackTimes({ now, spans: permittedSpans(hours, now, 8), count, policy });
  const said = times.map(({ at }) => DateTime.fromISO(at, { zone: "Europe/London" }).toFormat("ccc HH:mm"));
  return { sameDay, times: said };
}

describe("callbackTimes", () => {
  it.each([
    ["2026-11-23T09:00", true, ["Mon 09:30", "Mon 15:00", "Tue 09:00"]], // Monday morning
    ["2026-11-23T10:10", true, ["Mon 11:00", "Mon 16:00", "Tue 10:00"]],
    ["2026-11-23T18:45", true, ["Mon 19:30", "Tue 13:00", "Tue 18:30"]],
    ["2026-11-23T19:10", true, ["Tue 09:00", "Tue 14:00", "Tue 19:00"]], // too late for today
    ["2026-11-23T23:10", true, ["Tue 09:00", "Tue 14:00", "Tue 19:30"]],
    ["2026-11-27T19:30", true, ["Sat 10:00", "Sat 13:00", "Sat 16:30"]], // Friday evening
    ["2026-11-28T16:20", false, ["Mon 09:00", "Mon 10:00", "Mon 11:00"]], // Saturday, late: nothing on Sunday
    ["2026-11-29T07:00", false, ["Mon 09:00", "Mon 10:00", "Mon 11:00"]], // asked on a Sunday, 26 hours before
    ["2026-11-29T12:00", true, ["Mon 09:00", "Mon 10:00", "Mon 12:00"]], // Sunday noon: Monday is within 24 hours
    ["2026-12-24T19:20", false, ["Tue 09:00", "Tue 10:00", "Tue 11:00"]], // over Christmas: Saturday and Monday are holidays too
    ["2026-03-28T16:00", true, ["Sat 16:30"]], // the clocks go forward on Sunday
    ["2026-03-29T09:30", true, ["Mon 09:00", "Mon 09:30"]],
  ])("at %s", (local, sameDay, times) => {
    expect(timesAt(local)).toEqual({ sameDay, times });
  });

  it("keeps every promise lawful: permitted, on the half hour, 30 minutes to 24 hours ahead, in order, no time twice", () => {
    const start = DateTime.fromISO("2026-03-20T00:00", { zone: "Europe/London" });
    for (let minute = 0; minute < 220 * 1440; minute += 97) {
      const now = start.plus({ minutes: minute }).toJSDate();
      const spans = permittedSpans(hours, now, 8);
      for (const count of [1, 2, 3, 4, 6]) {
        const { sameDay, times } = callbackTimes({ now, spans, count, policy });
        expect(times.length > 0 && times.length <= count).toBe(true);
        for (const [place, { at }] of times.entries()) {
          const ahead = Date.parse(at) - now.getTime();
          const last = place === 0 ? 0 : Date.parse(times[place - 1]!.at);
          const fine =
            isPermitted(spans, new Date(at)) &&
            isPermitted(spans, new Date(Date.parse(at) + 29 * 60_000)) &&
            Date.parse(at) % 1_800_000 === 0 &&
            ahead >= 1_800_000 &&
            ahead <= 86_400_000 === sameDay &&
            Date.parse(at) > last;
          if (!fine) expect.fail(`asked at ${now.toISOString()}, count ${count}: ${JSON.stringify(times)}`);
        }
      }
    }
  }, 60_000);

  it("offers no times where there are none", () => {
    expect(callbackTimes({ now: new Date(), spans: [], count: 3, policy })).toEqual({
      kind: "callback-times",
      sameDay: false,
      times: [],
    });
  });

  it("in a rehearsal offers seconds, as many as there are keys for", () => {
    const now = new Date("2026-11-22T03:00:00.500Z");
    const wanted = {
      now,
      spans: permittedSpans(alwaysOpen, now, 8),
      count: 2,
      policy: { ...policy, offerAfterSeconds: [15, 30, 60] },
    };
    expect(callbackTimes(wanted)).toEqual({
      kind: "callback-times",
      sameDay: true,
      times: [
        { at: "2026-11-22T03:00:15.500Z", afterSeconds: 15 },
        { at: "2026-11-22T03:00:30.500Z", afterSeconds: 30 },
      ],
    });
  });

  it("in a rehearsal off loopback keeps to the calling hours", () => {
    const now = new Date("2026-11-23T03:00:00Z");
    const spans = permittedSpans(hours, now, 8);
    const { times } = callbackTimes({ now, spans, count: 1, policy: { ...policy, offerAfterSeconds: [15] } });
    expect(times).toEqual([{ at: "2026-11-23T09:00:00.000Z" }]);
  });
});
