import { describe, expect, it } from "vitest";
import { alwaysOpen, defaultCallingHours } from "#campaign/calling-hours.ts";
import { demoSettings } from "#rehearsal/demo/campaign.ts";
import { type DemoOptions, readFarEnd } from "#rehearsal/demo/options.ts";

const options: DemoOptions = {
  ...{ exit: true, resume: false, json: null, contacts: null, farEnd: null, databaseUrl: null },
  ...{ maxCalls: 40, callsPerSecond: 4, allowNumbers: [] },
  state: null,
};
const hoursFor = (carrier: string) => demoSettings({ ...options, farEnd: readFarEnd(carrier) }).callingHours;

describe("the demo rings at any hour", () => {
  it.each(["sip:127.0.0.1:5060", "sip:localhost:5060", "sip:127.8.9.1:5060"])(
    "what cannot leave this machine: %s",
    (carrier) => {
      expect(hoursFor(carrier)).toEqual(alwaysOpen);
    },
  );
});

describe("the demo keeps the calling hours", () => {
  it.each(["sip:192.0.2.1:5060", "sip:carrier.example:5060", "sip:127.0.0.1.example:5060"])(
    "where a call may leave it: %s",
    (carrier) => {
      expect(hoursFor(carrier)).toEqual(defaultCallingHours);
    },
  );
});

it.each(["127.0.0.1:5060", "sip:127.0.0.1", "sip:127.0.0.1:70000", "sips:127.0.0.1:5061"])(
  "%s is told to be no SIP address",
  (text) => {
    expect(() => readFarEnd(text)).toThrow(/sip:HOST:PORT/);
  },
);
