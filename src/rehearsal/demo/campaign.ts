import { alwaysOpen, defaultCallingHours } from "#campaign/calling-hours.ts";
import type { CampaignSettings } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { type DemoOptions, isLoopback } from "./options.ts";

/** The demo's campaign: a real one, but for short waits, so that a promise is seen to be kept and a limit reached. */
export function demoSettings(options: DemoOptions): CampaignSettings {
  return parseSettings({
    // The same pretend people, again and again, on one day.
    numberOnceADay: false,
    contactBudget: null,
    expiresAfterDays: 366,
    spokenName: "trust-northfield",
    callerNumber: "+441632960000",
    callingHours: options.farEnd && !isLoopback(options.farEnd.host) ? defaultCallingHours : alwaysOpen,
    maxCalls: options.maxCalls,
    callsPerSecond: options.callsPerSecond,
    ringSeconds: 15,
    storyLimitSeconds: 20,
    retryPolicy: { maxAttempts: 2, afterMinutes: { busy: 1 / 6 } },
    callbacks: { offerAfterSeconds: [15, 30], tryAgainAfterMinutes: 0.25 },
  });
}
