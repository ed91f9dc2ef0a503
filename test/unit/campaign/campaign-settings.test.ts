import { expect, it } from "vitest";
import { alwaysOpen, defaultCallingHours } from "#campaign/calling-hours.ts";
import { parseSettings, startFaults } from "#campaign/campaign-settings.ts";
import { defaultRetryPolicy } from "#campaign/retry-policy.ts";
import { refuseWrongHours } from "#campaign/transfers.ts";

it("fills in the defaults", () => {
  expect(parseSettings({ callerNumber: "01632 960100" })).toEqual({
    flow: "fft",
    language: "en-GB",
    offerLanguages: [],
    spokenName: "trust-your-hospital",
    callerNumber: "+441632960100",
    ringBackNumber: "+441632960100",
    callingHours: defaultCallingHours,
    retryPolicy: defaultRetryPolicy,
    maxCalls: 10,
    callsPerSecond: 1,
    ringSeconds: 30,
    storyLimitSeconds: 180,
    transfers: {},
    callbacks: { tryAgainAfterMinutes: 15 },
    numberOnceADay: true,
    contactBudget: { surveys: 1, days: 30 },
    maxCallsADay: null,
    maxCostADayPence: null,
    costPerMinutePence: 0,
    expiresAfterDays: 7,
  });
});

it("gives back what it gave, through JSON too", () => {
  const settings = parseSettings({
    callerNumber: "01632 960100",
    callingHours: alwaysOpen,
    callbacks: { offerAfterSeconds: [15, 30], tryAgainAfterMinutes: 0.25 },
    retryPolicy: { maxAttempts: 2, afterMinutes: { busy: 0.2 } },
    callsPerSecond: 0.5,
  });
  expect(settings.retryPolicy.afterMinutes).toEqual({ busy: 0.2 });
  expect(parseSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

it("looks at the hours of those whom callers are put through to when they are written, and stops nobody for them later", () => {
  const of = (open: object) => parseSettings({ transfers: { desk: { number: "01632 960123", open } } });
  expect(() => refuseWrongHours(of({ 1: ["09:00", "24:00"] }))).not.toThrow();
  for (const open of [{ 1: ["25:00", "26:00"] }, { 2: ["17:00", "09:00"] }, {}])
    expect(() => refuseWrongHours(of(open))).toThrow(/transfers\.desk\.open: /);
});

it("tells every wrong setting at once", () => {
  const wrong = {
    ringSeconds: 10,
    maxCalls: 0,
    callsPerSecond: 0,
    callerNumber: "0909 000 0000",
    colour: "blue",
    callingHours: { timeZone: "London" },
  };
  const caught = (() => {
    try {
      parseSettings(wrong);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(caught).toMatchObject({ code: "campaign_settings" });
  const { message } = caught as Error;
  expect(message).toMatch(/^6 campaign settings are wrong:/);
  for (const part of [
    "ringSeconds: must be 15",
    "maxCalls",
    "callsPerSecond",
    "callerNumber: premium",
    "colour",
    'callingHours: "London" is no IANA',
  ]) {
    expect(message).toContain(part);
  }
});

it("lets no campaign start without a caller number", () => {
  expect(startFaults({ settings: parseSettings({}) })[0]).toContain("no caller number");
  expect(startFaults({ settings: { ...parseSettings({}), callerNumber: "999" } })[0]).toContain(
    "no UK number",
  );
  expect(startFaults({ settings: parseSettings({ callerNumber: "01632 960100" }) })).toEqual([]);
});
