import type { CampaignSettings } from "#campaign/campaign.ts";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { nations } from "#campaign/holidays.ts";
import { mostTalkMinutes, usualTalkMinutes } from "#campaign/longest-call.ts";
import { defaultRetryPolicy, type RetryPolicy } from "#campaign/retry-policy.ts";
import { readSettings } from "#config.ts";
import { AppError } from "#lib/errors.ts";
import { readHours } from "./calling-hours.ts";
import { say, UsageError } from "./command.ts";
import { defineCommand, type Given, readNumber } from "./options.ts";
import { refuseUnspoken } from "./refuse-unspoken.ts";

const retried = ["busy", "no_answer", "machine", "congestion", "interrupted", "silent"] as const;

const options = {
  "caller-number": { value: "NUMBER", help: "the number that telephones show", required: true },
  "ring-back-number": {
    value: "NUMBER",
    help: "the number said aloud for ringing back; the caller number when not given",
  },
  "spoken-name": {
    value: "PROMPT",
    help: "the prompt that says who is calling, e.g. trust-your-hospital",
    required: true,
  },
  trust: { value: "NAME", help: "the trust that the visits belong to; `default` when not given" },
  unit: { value: "NAME", help: "the part of the trust; `default` when not given" },
  flow: { value: "NAME", help: "the call flow; fft when not given" },
  language: { value: "TAG", help: "of the prompts; en-GB when not given" },
  "offer-language": {
    value: "TAG",
    help: "people may choose this one by a key, e.g. cy-GB, where the flow has a key for it",
    many: true,
  },
  hours: { value: "DAYS=FROM-TO", help: "mon-fri=09:00-20:00,sat=10:00-17:00 when not given", many: true },
  holidays: {
    value: "NATION",
    help: `whose public holidays are free of calls: ${nations.join(", ")}, or none; england when not given`,
  },
  "closed-on": { value: "DATE", help: "days without calls, such as 2026-12-25", many: true },
  "time-zone": { value: "ZONE", help: "of the calling hours; Europe/London when not given" },
  "max-calls": { value: "N", help: "calls going on at once; 10 when not given" },
  "calls-per-second": { value: "N", help: "calls begun in a second; 1 when not given" },
  "max-attempts": { value: "N", help: "times that a visit is tried; 3 when not given" },
  retry: {
    value: "ENDING=MINUTES",
    help: `wait before the next try, after ${retried.join(", ")}`,
    many: true,
  },
  budget: {
    value: "SURVEYS/DAYS",
    help: "surveys a person in so many days, over all campaigns, or none; 1/30 when not given",
  },
  "max-calls-a-day": { value: "N", help: "calls begun in a day; no limit when not given" },
  "max-cost-a-day": { value: "PENCE", help: "what calls may cost in a day; needs --cost-per-minute" },
  "cost-per-minute": { value: "PENCE", help: "what a minute begun costs, e.g. 1.2" },
  "expires-after": {
    value: "DAYS",
    help: "nobody is called later than so long after the visit; 7 when not given",
  },
  "ring-seconds": { value: "N", help: "how long a telephone rings; 30 when not given, at least 15" },
  transfer: {
    value: "NAME=NUMBER",
    help: "somebody to whom the flow may put callers through, by the name it has for them",
    many: true,
  },
  "talk-limit": {
    value: "MINUTES",
    help: `how long such a talk may last; ${usualTalkMinutes} when not given, at most ${mostTalkMinutes}`,
  },
  "story-limit": { value: "SECONDS", help: "length of a part of a story; 180 when not given" },
} as const;

export const create = defineCommand({
  name: "campaign create",
  summary: "Make a campaign, as a draft: import its visits, then start it.",
  operands: ["NAME"],
  options,
  notes: [
    "Needs HEARBACK_DATABASE_URL; and HEARBACK_PROMPT_FOLDER and HEARBACK_FLOW_FOLDER, where prompts and flows are not",
    "in ./prompts and ./dialplans/flows.",
  ].join("\n"),
  examples: [
    "hearback campaign create outpatients-may --caller-number '01632 960000' \\\n" +
      "    --spoken-name trust-your-hospital --hours mon-fri=09:00-18:00 --hours sat=10:00-13:00 --max-calls 20",
  ],
  run: async ([name], given, io) => {
    if (name!.trim() === "") throw new UsageError("the campaign's name is empty");
    const settings = readCampaignSettings(given);
    const { databaseUrl, ...folders } = readSettings(["databaseUrl", "promptFolder", "flowFolder"], io.env);
    await refuseUnspoken(settings, {
      services: io.services,
      folders,
      heading: "Not made:",
      forPatients: false,
    });
    const database = await io.services.openDatabase({ databaseUrl });
    try {
      const { trust = "default", unit = "default" } = given;
      const made = await database.createCampaign({ name: name!, trust, unit, rehearsal: false, settings });
      say(
        io.stdout,
        `Campaign "${made.name}" is made. Next: hearback import FILE.csv --campaign ${quoted(made.name)}`,
      );
      return 0;
    } finally {
      await database.close();
    }
  },
});

/** What is not given is filled in by the campaign's own rules; what they refuse is a wrong option. */
function readCampaignSettings(given: Given<typeof options>): CampaignSettings {
  try {
    return parseSettings(asSettings(given));
  } catch (thrown) {
    throw thrown instanceof AppError ? new UsageError(thrown.message) : thrown;
  }
}

function asSettings(given: Given<typeof options>): unknown {
  return {
    flow: given.flow,
    language: given.language,
    offerLanguages: given["offer-language"],
    spokenName: given["spoken-name"],
    callerNumber: given["caller-number"],
    ringBackNumber: given["ring-back-number"],
    callingHours: {
      timeZone: given["time-zone"],
      days: given.hours.length > 0 ? readHours(given.hours) : undefined,
      closedOn: given["closed-on"],
      holidays: given.holidays === "none" ? null : given.holidays,
    },
    retryPolicy: {
      maxAttempts: number("--max-attempts", given["max-attempts"]),
      afterMinutes: { ...defaultRetryPolicy.afterMinutes, ...readRetries(given.retry) },
    },
    maxCalls: number("--max-calls", given["max-calls"]),
    callsPerSecond: number("--calls-per-second", given["calls-per-second"], false),
    ringSeconds: number("--ring-seconds", given["ring-seconds"]),
    contactBudget: readBudget(given.budget),
    maxCallsADay: number("--max-calls-a-day", given["max-calls-a-day"]),
    maxCostADayPence: number("--max-cost-a-day", given["max-cost-a-day"], false),
    costPerMinutePence: number("--cost-per-minute", given["cost-per-minute"], false),
    expiresAfterDays: number("--expires-after", given["expires-after"], false),
    transfers: readTransfers(given.transfer, number("--talk-limit", given["talk-limit"])),
    storyLimitSeconds: number("--story-limit", given["story-limit"]),
  };
}

/** "ward-desk=01632 960123". */
function readTransfers(given: readonly string[], talkMinutes: number = usualTalkMinutes) {
  const named = given.map((entry): [string, { number: string; talkMinutes: number }] => {
    const [, name, number] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
    if (!name || !number) throw new UsageError("--transfer is not like ward-desk=NUMBER");
    return [name.trim(), { number: number.trim(), talkMinutes }];
  });
  return Object.fromEntries(named);
}

/** "1/30" is one survey in thirty days; "none" is no limit. */
function readBudget(raw: string | undefined): CampaignSettings["contactBudget"] | undefined {
  if (raw === undefined) return undefined;
  if (raw === "none") return null;
  const [, surveys, days] = /^(\d+)\/(\d+)$/.exec(raw) ?? [];
  if (!surveys || !days) throw new UsageError(`--budget ${raw} is neither like 1/30 nor none`);
  return { surveys: Number(surveys), days: Number(days) };
}

const number = (option: string, raw: string | undefined, whole = true): number | undefined =>
  raw === undefined ? undefined : readNumber(option, raw, 0, whole);

function readRetries(given: readonly string[]): RetryPolicy["afterMinutes"] {
  const waits: RetryPolicy["afterMinutes"] = {};
  for (const entry of given) {
    const [ending = "", minutes = ""] = entry.split("=");
    const known = retried.find((word) => word === ending);
    if (!known) throw new UsageError(`--retry ${entry}: ${ending} is none of ${retried.join(", ")}`);
    waits[known] = readNumber(`--retry ${ending}`, minutes, 1);
  }
  return waits;
}

const quoted = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `"${name}"`);
