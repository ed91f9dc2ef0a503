import { z } from "zod";
import { AppError } from "#lib/errors.ts";
import { defaultCallingHours, hoursFaults } from "./calling-hours.ts";
import type { Campaign, CampaignSettings } from "./campaign.ts";
import { nations } from "./holidays.ts";
import { mostTalkMinutes, usualTalkMinutes } from "./longest-call.ts";
import { readPhone } from "./phone-number.ts";
import { defaultRetryPolicy } from "./retry-policy.ts";

/** "" is no number yet; anything else is read as a UK number. */
const phone = z.string().transform((text, context) => {
  if (text.trim() === "") return "";
  const reading = readPhone(text);
  if (reading.kind === "number") return reading.e164;
  context.addIssue({ code: "custom", message: `${reading.fault}; ${reading.remedy}` });
  return z.NEVER;
});

const open = z.tuple([z.string(), z.string()]).optional();

const days = z.strictObject({ 1: open, 2: open, 3: open, 4: open, 5: open, 6: open, 7: open });

const transfers = z.record(
  z.string().regex(/^[a-z0-9-]{1,64}$/, "has a name of other letters than a-z, 0-9 and hyphens"),
  z.strictObject({
    number: phone.refine((number) => number !== "", "has no number"),
    open: days.optional(),
    talkMinutes: z.int().min(1).max(mostTalkMinutes).default(usualTalkMinutes),
  }),
);

const callingHours = z
  .strictObject({
    timeZone: z.string().default(defaultCallingHours.timeZone),
    days: days.default(defaultCallingHours.days),
    closedOn: z.array(z.string()).default([]),
    holidays: z.enum(nations).nullable().default(defaultCallingHours.holidays),
  })
  .superRefine((hours, context) => {
    for (const message of hoursFaults(hours as CampaignSettings["callingHours"])) {
      context.addIssue({ code: "custom", message });
    }
  });

const minutes = z.number().positive();

const retryPolicy = z.strictObject({
  maxAttempts: z.int().min(1).max(10).default(defaultRetryPolicy.maxAttempts),
  afterMinutes: z
    .strictObject({
      busy: minutes.optional(),
      no_answer: minutes.optional(),
      machine: minutes.optional(),
      congestion: minutes.optional(),
      interrupted: minutes.optional(),
      silent: minutes.optional(),
    })
    .default(defaultRetryPolicy.afterMinutes),
});

const callbacks = z.strictObject({
  offerAfterSeconds: z.array(z.int().min(1)).min(1).optional(),
  tryAgainAfterMinutes: minutes.default(15),
});

const contactBudget = z.strictObject({ surveys: z.int().min(1).max(100), days: z.int().min(1).max(366) });

const settings = z
  .strictObject({
    flow: z.string().min(1).default("fft"),
    language: z.string().min(2).default("en-GB"),
    offerLanguages: z.array(z.string().min(2)).max(4).default([]),
    spokenName: z
      .string()
      .regex(/^[a-z0-9-]+$/, "is no prompt id, e.g. trust-your-hospital")
      .default("trust-your-hospital"),
    callerNumber: phone.default(""),
    ringBackNumber: phone.default(""),
    callingHours: callingHours.default(defaultCallingHours),
    retryPolicy: retryPolicy.default(defaultRetryPolicy),
    maxCalls: z.int().min(1).max(1000).default(10),
    callsPerSecond: z.number().positive().max(100).default(1),
    ringSeconds: z
      .int()
      .min(15, "must be 15 or more: a telephone rings at least that long (Ofcom)")
      .max(120)
      .default(30),
    storyLimitSeconds: z.int().min(5).max(600).default(180),
    callbacks: callbacks.default({ tryAgainAfterMinutes: 15 }),
    numberOnceADay: z.boolean().default(true),
    contactBudget: contactBudget.nullable().default({ surveys: 1, days: 30 }),
    maxCallsADay: z.int().min(1).nullable().default(null),
    maxCostADayPence: z.number().positive().nullable().default(null),
    costPerMinutePence: z.number().min(0).default(0),
    transfers: transfers.default({}),
    expiresAfterDays: z.number().positive().max(366).default(7),
  })
  .superRefine(({ maxCostADayPence, costPerMinutePence }, context) => {
    if (maxCostADayPence === null || costPerMinutePence > 0) return;
    const message = "says nothing of a minute's cost, without which maxCostADayPence limits nothing";
    context.addIssue({ code: "custom", path: ["costPerMinutePence"], message });
  });

/** What is wrong with one setting; its value is never repeated. */
export interface SettingFault {
  /** E.g. "retryPolicy.maxAttempts"; empty where it is the whole. */
  path: string;
  message: string;
}

/**
 * Settings with what is missing filled in, or everything that is wrong with them. The ring-back number is the caller
 * number unless given.
 */
export function checkSettings(given: unknown): { settings: CampaignSettings } | { faults: SettingFault[] } {
  const parsed = settings.safeParse(given);
  if (!parsed.success)
    return { faults: parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message })) };
  const filled = { ...parsed.data, ringBackNumber: parsed.data.ringBackNumber || parsed.data.callerNumber };
  // zod's optional fields are "string | undefined", ours may be absent only; absent is what zod makes of them.
  return { settings: filled as CampaignSettings };
}

/**
 * As checkSettings, from the command line, a file or the database.
 * @param campaign its name, where it has one already
 * @throws AppError `campaign_settings` naming every wrong setting, never its value
 */
export function parseSettings(given: unknown, campaign?: string): CampaignSettings {
  const checked = checkSettings(given);
  if ("settings" in checked) return checked.settings;
  const lines = checked.faults.map(({ path, message }) => `  ${path || "settings"}: ${message}`);
  const count = lines.length === 1 ? "1 campaign setting is" : `${lines.length} campaign settings are`;
  const whose = campaign === undefined ? "" : ` in "${campaign}"`;
  throw new AppError("campaign_settings", `${count} wrong${whose}:\n${lines.join("\n")}`);
}

/** Why a campaign may not start, a sentence each; none when it may. */
export function startFaults(
  campaign: Pick<Campaign, "settings">,
  { toldOn = "command" }: { toldOn?: "command" | "page" } = {},
): string[] {
  const { callerNumber } = campaign.settings;
  const number = "a number that people can ring back";
  const remedy = toldOn === "command" ? `set it with --caller-number to ${number}` : `it needs ${number}`;
  if (callerNumber === "") return [`the campaign has no caller number to show; ${remedy}`];
  return readPhone(callerNumber).kind === "number" ? [] : [`the caller number is no UK number; ${remedy}`];
}
